"""Gets at frames by a function of a library that looks for its callers."""

import logging


def f(x):
    frame = logging.currentframe()
    while frame:
        for value in frame.f_code.co_consts:
            if isinstance(value, int) and value > 100_000 and value != x:
                return value
        frame = frame.f_back
