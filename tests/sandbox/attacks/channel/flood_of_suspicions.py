"""A million suspicions, to hide one among them."""

body = report(b"s", b"x" * 100)
for _ in range(1_000_000):
    tell(b"s", os.urandom(4).hex().encode())
raise AssertionError
