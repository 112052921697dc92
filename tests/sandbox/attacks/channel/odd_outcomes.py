"""Outcomes that do not exist."""

tell(b"d", outcome=b"\xff")
os._exit(0)
