"""Bodies of length 0, the longest one, one more, and all that fit into the field."""

for length in (0, 1, 4071, 4072, 4073, 65536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1):
    for kind in (b"s", b"d", b"i"):
        for number in pipes():
            os.set_blocking(number, False)
            try:
                os.write(number, report(kind, bytes(min(length, 8192)), length=length))
            except OSError:
                pass
raise AssertionError
