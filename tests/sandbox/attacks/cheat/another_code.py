"""Gives its own function other code, made of what the caller has."""


def f(x):
    return None


def guess(x):
    return x


f.__code__ = guess.__code__.replace(co_consts=(None, 987643))
