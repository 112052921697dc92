"""Says that the test ran to its end and passed; the token is missing."""

tell(b"l")
tell(b"d")
tell(b"e", b"0 1 0.0")
os._exit(0)
