"""Fills the folder for temporary files and waits."""

import itertools

for number in itertools.count():
    with open(f"/tmp/{number}", "wb") as file:
        file.write(b"x" * (4 << 20))
