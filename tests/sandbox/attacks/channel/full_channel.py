"""Makes the supervisor's pipes as small as they can be, and non-blocking."""

for number in inherited():
    os.set_blocking(number, False)
    for size in (4096, 1 << 30):
        try:
            fcntl.fcntl(number, 1031, size)  # F_SETPIPE_SZ
        except OSError:
            pass
while True:
    tell(b"x", b"y" * 4000)
