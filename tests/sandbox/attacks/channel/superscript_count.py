"""One count that is a digit and no number."""

import time

tell(b"c", "² math.gcd".encode())
time.sleep(0.2)
raise AssertionError
