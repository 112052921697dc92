"""Writes below /sys, mounts control groups, reads what the firmware says."""

for folder, _, names in os.walk("/sys/fs"):
    for name in names:
        refused(open, os.path.join(folder, name), "r+b", 0)
refused(open, "/sys/kernel/uevent_helper", "wb", 0)
refused(os.mkdir, "/sys/fs/cgroup/x")
refused(open, "/sys/firmware/dmi/tables/DMI", "rb")
