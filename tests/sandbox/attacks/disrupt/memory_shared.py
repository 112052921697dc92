"""Shared memory, which no limit of a process counts, in several processes."""

import mmap
import os
import time

for _ in range(4):
    if not os.fork():
        shared = mmap.mmap(-1, 300 << 20)
        shared.write(b"x" * (300 << 20))
        time.sleep(60)
time.sleep(60)
# %% outcome
memory
