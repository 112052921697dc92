"""A report that announces a body and never sends it, while the program waits."""

import time

tell(b"d", length=4072)
time.sleep(60)
