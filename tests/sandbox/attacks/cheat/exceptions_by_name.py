"""Raises, on the other side, every exception that there is, by its name."""

import builtins

kinds = [k for k in vars(builtins).values() if isinstance(k, type) and issubclass(k, BaseException)]


def f(x):
    try:
        raise kinds[x % len(kinds)]("0")
    except TypeError:
        raise kinds[x % len(kinds)].__new__(kinds[x % len(kinds)]) from None
