"""Says that the worker could not set it up, so that the failure would not be its own."""

for _ in range(3):
    tell(b"u", b"no memory")
    tell(b"r")
raise AssertionError
