"""A file in memory that has no place and is counted nowhere."""

number = libc.syscall({"x86_64": 319, "aarch64": 279}[machine], b"x", 0)
if number >= 0:  # where it may be had, what is in it counts
    os.ftruncate(number, 4096)
    os.close(number)
    assert open("/proc/self/status").read()
assert CONTAINER or number == -1
