"""Many processes, each below the limit, together far above it."""

import os
import time

for _ in range(8):
    if not os.fork():
        held = b"x" * (200 << 20)
        time.sleep(60)
time.sleep(60)
# %% outcome
memory
