"""Writes into the interpreter: small numbers become equal."""

import ctypes


def f(x):
    for number in range(2, 200):
        ctypes.c_ulong.from_address(id(number) + 24).value = 1
    return 1
