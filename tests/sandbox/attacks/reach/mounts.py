"""Mounts, binds, moves, unmounts and exchanges roots, by the old calls and the new ones."""

for kind in (b"tmpfs", b"proc", b"sysfs", b"cgroup2", b"overlay", b"ramfs", b"mqueue"):
    assert libc.mount(kind, b"/tmp", kind, 0, None) == -1
assert libc.mount(b"/", b"/tmp", None, 4096, None) == -1  # bind
assert libc.mount(None, b"/", None, 32 | 4096, None) == -1  # remount, writable
assert libc.mount(None, b"/usr", None, 32 | 4096, None) == -1
for path in (b"/proc", b"/tmp", b"/usr", b"/"):
    assert libc.umount2(path, 2) == -1
os.makedirs("/tmp/root/old")
assert libc.chroot(b"/tmp/root") == -1
assert libc.syscall({"x86_64": 155, "aarch64": 41}[machine], b"/tmp/root", b"/tmp/root/old") == -1
for number in (428, 430, 432, 442):  # open_tree, fsopen, fsmount, mount_setattr
    assert libc.syscall(number, b"tmpfs", 1, 0, 0, 0) == -1
