"""Interrupts the run as its user would."""


def f(x):
    raise KeyboardInterrupt
