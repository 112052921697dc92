"""Memory that forked processes do not get: where tests and reports are kept."""

import ctypes
import mmap

MADV_DONTFORK = 10
SIZE = 256 << 20  # of address space; only what is used takes memory


class Vault:
    """Regions of bytes that the supervisor alone can see, given out one after the other.

    A program is forked from the supervisor and can read all of its memory, also what was
    freed. So the tests, and the messages that quote them, are read into this, written on
    from this, and never become objects.
    """

    def __init__(self):
        self._memory = mmap.mmap(-1, SIZE)
        self._view = memoryview(self._memory)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(SIZE), MADV_DONTFORK) != 0:
            raise OSError(ctypes.get_errno(), "memory cannot be kept from programs")
        self._used = 0

    def clear(self):
        self._used = 0

    def take(self, count):
        """The next ``count`` bytes. MemoryError where there are not as many."""
        if self._used + count > SIZE:
            raise MemoryError("a program with more tests or messages than %d bytes" % SIZE)
        region = self._view[self._used : self._used + count]
        self._used += count
        return region
