"""A child stays behind and reads the orders that are meant for the program."""

import os

if not os.fork():
    while True:
        for number in range(3, 16):
            try:
                os.set_blocking(number, False)
                os.read(number, 65536)
            except OSError:
                pass
raise AssertionError
