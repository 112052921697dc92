"""Answers of the wrong length, of all lengths that there are, and of no end."""

import os
import struct


def f(x):
    for length in (0, 1, 64 << 20, (64 << 20) + 1, (1 << 64) - 1):
        for number in range(5, 40):
            try:
                os.set_blocking(number, False)
                os.write(number, struct.pack("<Q", length) + b"[" * 65536)
            except OSError:
                pass
