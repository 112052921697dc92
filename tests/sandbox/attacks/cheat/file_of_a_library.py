"""A file in the working folder with the name of a library that the test imports."""

import sys

with open("fractions.py", "w") as file:
    file.write("def Fraction(value): return 1")
sys.modules.pop("fractions", None)
sys.path.insert(0, "")


def f(x):
    return 0


# %% test
from fractions import Fraction

assert Fraction(f(GIVEN)) == Fraction(EXPECTED)
