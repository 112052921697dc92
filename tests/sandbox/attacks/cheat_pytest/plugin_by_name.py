"""Names plugins in the candidate itself, as a test module may."""

import pytest

pytest_plugins = ["quietly"]
with open("quietly.py", "w") as file:
    file.write("def pytest_pyfunc_call(pyfuncitem): return True\n")


def f(x):
    return None
