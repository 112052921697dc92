"""Raises what no handler for exceptions catches."""


class Odd(BaseException):
    pass


raise Odd
