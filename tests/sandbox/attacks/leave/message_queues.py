"""Message queues of POSIX."""

made = libc.syscall(
    {"x86_64": 240, "aarch64": 180}[machine], b"left", os.O_CREAT | os.O_RDWR, 0o666, None
)
assert made == -1
# %% next
assert libc.syscall({"x86_64": 240, "aarch64": 180}[machine], b"left", os.O_RDWR, 0, None) == -1
