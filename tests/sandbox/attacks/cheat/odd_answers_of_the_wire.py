"""Answers of the wrong length, of all lengths that there are, and of no end."""

import os
import stat
import struct


def sockets():
    for number in range(3, 40):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass


def f(x):
    for length in (0, 1, 64 << 20, (64 << 20) + 1, (1 << 64) - 1):
        for number in sockets():
            try:
                os.set_blocking(number, False)
                os.write(number, struct.pack("<Q", length) + b"[" * 65536)
            except OSError:
                pass
