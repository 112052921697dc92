"""Ends its process where the test expects any exception."""

import os


def f(x):
    os._exit(0)


# %% test
try:
    f(GIVEN)
except Exception:
    pass
else:
    assert f(GIVEN) == EXPECTED
