"""Says that it took more memory than a number of 64 bits can tell."""

import time

tell(b"e", b"0 1e300 0")
time.sleep(0.2)
raise AssertionError
