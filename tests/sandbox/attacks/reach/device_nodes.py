"""Makes device nodes, and opens devices of the machine."""

refused(os.mknod, "/tmp/memory", 0o666 | stat.S_IFCHR, os.makedev(1, 1))
refused(os.mknod, "/tmp/disk", 0o666 | stat.S_IFBLK, os.makedev(8, 0))
for name in ("mem", "kmem", "port", "sda", "vda", "nvme0n1", "kvm", "fuse", "net/tun", "vhost-vsock", "loop-control",
             "tty", "console", "kmsg", "hpet", "rtc0", "vsock", "uinput", "userfaultfd", "cpu/0/msr"):  # fmt: skip
    if name not in ("tty", "console"):
        refused(os.open, "/dev/" + name, os.O_RDWR)
refused(os.chmod, "/dev/null", 0)
refused(os.unlink, "/dev/null")
