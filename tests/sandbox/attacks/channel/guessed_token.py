"""Says that the test passed, a thousand times with another token."""

for _ in range(1000):
    tell(b"d", token=os.urandom(16))
os._exit(0)
