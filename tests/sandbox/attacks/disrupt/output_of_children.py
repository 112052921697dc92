"""Many children write to stderr without end; the program itself is silent."""

import os
import time

for _ in range(8):
    if not os.fork():
        while True:
            os.write(2, b"\xff" * 4096)
time.sleep(60)
# %% outcome
output
