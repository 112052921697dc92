"""Gives a file capabilities, or attributes that only the system may give."""

open("/tmp/file", "w").close()
value = struct.pack("<5I", 0x02000001, 0xFFFFFFFF, 0, 0, 0)
refused(os.setxattr, "/tmp/file", "security.capability", value)
refused(os.setxattr, "/tmp/file", "trusted.x", b"x")
refused(os.chown, "/tmp/file", 0, 0)
file = os.open("/tmp/file", os.O_RDONLY)
for flag in (0x10, 0x20):  # immutable, append only
    refused(fcntl.ioctl, file, 0x40086602, struct.pack("=l", flag))
