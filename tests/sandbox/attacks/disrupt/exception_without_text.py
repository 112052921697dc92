"""Raises an exception that raises when it is told."""


class Odd(Exception):
    def __str__(self):
        raise Odd

    __repr__ = __str__


raise Odd
