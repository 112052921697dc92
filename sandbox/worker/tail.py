"""The end of what a program writes."""

import os

TAIL = 4096  # bytes of stdout and of stderr that are kept
CHUNK = 65536  # bytes that are read at once


class Tail:
    """The end of what comes out of a pipe, kept in the vault."""

    def __init__(self, vault):
        self._region = vault.take(TAIL + CHUNK)
        self._filled = 0

    def read(self, descriptor):
        """How many bytes there were. BlockingIOError: none at the moment."""
        count = os.readv(descriptor, [self._region[self._filled : self._filled + CHUNK]])
        self._filled += count
        if self._filled > TAIL:
            self._region[:TAIL] = self._region[self._filled - TAIL : self._filled]
            self._filled = TAIL
        return count

    def kept(self):
        return self._region[: self._filled]
