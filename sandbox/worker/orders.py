"""What the supervisor tells a program or a judge to do, over a pipe of their own.

An order is a head of 32 bytes (number of the test, flags, token, length of the source) and
the test's source. Only the head is read at once: a program that forks a test leaves it to
the test to read the source.
"""

import pristine

__builtins__ = pristine.BUILTINS


import os
import struct

HEAD = struct.Struct("<II16sQ")
FORK, APART, CONTROL = 1, 2, 4  # the last: a test that has to fail


def head(number, flags, token, length):
    return HEAD.pack(number, flags, token, length)


def masked(token, key):
    """``token`` as it crosses the pipe: of no use to who reads it and has not the key."""
    whole = int.from_bytes(token, "big") ^ int.from_bytes(key, "big")
    return whole.to_bytes(len(token), "big")


class Order:
    """One test that is to be run."""

    def __init__(self, number, flags, token, source):
        self.number = number
        self.fork = bool(flags & FORK)
        self.apart = bool(flags & APART)
        self.control = bool(flags & CONTROL)
        self.token = token
        self.source = source  # a function: reads it


class Orders:
    """Those that come in on ``descriptor``, until it is closed."""

    def __init__(self, descriptor, key, read=os.read, unpack=HEAD.unpack):
        self._descriptor = descriptor
        self._key = key
        self._read_some = read
        self._unpack = unpack

    def text(self, length):
        """What comes before the orders: the candidate's prelude and source."""
        return self._read(length).decode("utf-8", "surrogatepass")

    def __iter__(self):
        while True:
            data = self._read(HEAD.size)
            if not data:
                return
            number, flags, token, length = self._unpack(data)
            token = masked(token, self._key)
            yield Order(number, flags, token, lambda: self.text(length))

    def _read(self, count):
        parts = []
        while count:
            part = self._read_some(self._descriptor, min(count, 65536))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
