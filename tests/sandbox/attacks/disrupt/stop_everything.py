"""Stops the supervisor, its parent, its group and itself."""

import os
import signal

for pid in (1, os.getppid()):
    try:
        os.kill(pid, signal.SIGSTOP)
    except OSError:
        pass
os.kill(0, signal.SIGSTOP)
raise AssertionError
# %% outcome
timeout
