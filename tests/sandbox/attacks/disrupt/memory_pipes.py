"""Memory of the kernel: pipes that are full and never read."""

import os
import time

held = []
try:
    while True:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        held.append((reader, writer))
        try:
            while True:
                os.write(writer, bytes(65536))
        except BlockingIOError:
            pass
except OSError:
    pass
time.sleep(60)
# %% outcome
timeout
