"""Opens files until no more can be opened, in many processes."""

import os
import time

for _ in range(5):
    os.fork()
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
time.sleep(60)
