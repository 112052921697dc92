"""Locks more memory than may be locked, and takes huge pages."""

import mmap

region = mmap.mmap(-1, 256 << 20)
address = ctypes.addressof(ctypes.c_char.from_buffer(region))
assert libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(256 << 20)) == -1
refused(lambda: mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000))
