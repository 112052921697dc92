"""Namespaces of its own, by every call that makes them, and those of process 1."""

flags = (
    0x10000000,
    0x20000,
    0x10020000,
    0x20000000,
    0x40000000,
    0x8000000,
    0x4000000,
    0x2000000,
    0x80,
)
for flag in flags:
    assert libc.unshare(flag) == -1, hex(flag)
for flag in flags[:-1]:
    child = libc.syscall({"x86_64": 56, "aarch64": 220}[machine], flag | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    assert child == -1, hex(flag)
arguments = ctypes.create_string_buffer(struct.pack("=8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0))
child = libc.syscall(435, arguments, 64)
if child == 0:
    os._exit(0)
assert child == -1
for name in ("cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts"):
    refused(os.open, "/proc/1/ns/" + name, os.O_RDONLY)
    try:
        own = os.open("/proc/self/ns/" + name, os.O_RDONLY)
    except OSError:
        continue
    assert libc.setns(own, 0) == -1, name
