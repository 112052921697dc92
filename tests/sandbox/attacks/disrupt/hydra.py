"""Processes that each fork their successor and end, faster than they can be listed."""

import os

for _ in range(8):
    if not os.fork():
        os.setsid()
        while True:
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                pass
os._exit(0)
