"""Raises an exception whose class lies about its name and module."""


class Odd(Exception):
    pass


Odd.__module__ = "_pytest.outcomes"
Odd.__name__ = Odd.__qualname__ = "passed"
raise Odd("\0\n\0")
