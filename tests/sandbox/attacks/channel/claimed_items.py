"""Says of tests in the test's module that they passed."""

for name in (b"test_a", b"", b"x" * 4000, b"\0\0\0"):
    tell(b"i", name + b"\0" + b"fine")
os._exit(0)
