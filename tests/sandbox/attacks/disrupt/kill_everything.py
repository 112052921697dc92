"""Kills the supervisor, its parent, and all that it may."""

import os
import signal

for pid in (1, os.getppid(), -1):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
raise AssertionError
