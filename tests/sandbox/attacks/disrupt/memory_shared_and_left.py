"""Shared memory that children fill before they end: no process that lives has used it."""

import mmap
import os
import time

held = []
for _ in range(4):
    shared = mmap.mmap(-1, 300 << 20)
    held.append(shared)
    if not os.fork():
        shared.write(b"x" * (300 << 20))
        os._exit(0)
    os.wait()
time.sleep(60)
