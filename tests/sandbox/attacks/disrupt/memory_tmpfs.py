"""Fills the file systems in memory, mapped and unmapped, and then the heap."""

import itertools

try:
    for place in ("/tmp", "/dev/shm"):
        for number in itertools.count():
            with open(f"{place}/{number}", "wb") as file:
                file.write(b"x" * (4 << 20))
except OSError:
    pass
held = []
while True:
    held.append(bytes(8 << 20))
