"""Functions over whole numbers."""

__all__ = ["countdown", "digits", "minus", "power", "snap"]


def minus(number, amount):
    """``number`` less ``amount``."""
    return number - amount


def power(number, exponent):
    """``number`` times itself, ``exponent`` factors in all."""
    return number**exponent


def snap(number, *, step):
    """The greatest multiple of ``step`` that is not above ``number``."""
    return number // step * step if step else number


def digits(number):
    """The decimal digits, as a list; the sign is left out."""
    return [int(digit) for digit in str(abs(number))]


def countdown(number, *, end="one"):
    """The numbers from ``number`` down to "one" or "zero", as a list."""
    if end not in ("one", "zero"):
        raise ValueError("end is %r; it can be: one, zero" % (end,))
    return list(range(number, 0 if end == "one" else -1, -1))
