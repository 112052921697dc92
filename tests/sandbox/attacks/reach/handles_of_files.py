"""Opens files by their handles, which pays no heed to mounts (a way out of containers, once)."""

handle = struct.pack("=IiII", 8, 1, 2, 0)
assert syscall(304, 265, -100, id(handle) + bytes.__basicsize__ - 1, 0) == -1
