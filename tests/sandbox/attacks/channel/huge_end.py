"""Says once that its test ended, with a status that is no number of C."""

import time

tell(b"e", b"1e30 0 0")
time.sleep(0.2)
raise AssertionError
