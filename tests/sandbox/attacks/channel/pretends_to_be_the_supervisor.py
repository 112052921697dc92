"""Opens the other ends of its descriptors by /proc and orders tests from itself."""

for number in inherited():
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        try:
            other = os.open("/proc/self/fd/%d" % number, flags | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            os.write(other, struct.pack("<II16sQ", 0, 0, bytes(16), 4) + b"pass")
        except OSError:
            pass
        try:
            os.read(other, 65536)
        except OSError:
            pass
raise AssertionError
