"""Looks at memory by an object of ctypes that lies where it likes."""

import ctypes


def f(x):
    piece = (ctypes.c_char * 64).from_address(id(f))
    return len(bytes(piece))
