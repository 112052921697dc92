"""Crashes where the test catches everything."""

import os
import signal


def f(x):
    os.kill(os.getpid(), signal.SIGKILL)


# %% test
answer = EXPECTED
try:
    answer = f(GIVEN)
except:
    pass
assert answer == EXPECTED
