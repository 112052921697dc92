"""Says again and again that it was loaded."""

for _ in range(100):
    tell(b"l", b"")
raise AssertionError
