"""Names a process whose number no system has, and goes on until it would be ended."""

import time

tell(b"t", b"1e30")
time.sleep(60)
