"""Writes settings of the kernel."""

import glob


def write(path):
    with open(path, "r+b", 0) as file:
        file.write(b"1")


for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
             "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/file-max",
             "/proc/sys/kernel/pid_max", "/proc/sys/net/ipv4/ip_forward", "/proc/irq/default_smp_affinity",
             "/proc/mtrr", "/proc/kcore", "/proc/kmem"):  # fmt: skip
    refused(write, path)
for path in (
    glob.glob("/proc/sys/kernel/*") + glob.glob("/proc/sys/vm/*") + glob.glob("/proc/sys/fs/*")
):
    if os.path.isfile(path):
        refused(write, path)
