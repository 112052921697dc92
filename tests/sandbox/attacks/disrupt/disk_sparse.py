"""A file that claims to be an exabyte."""

import os

with open("/tmp/sparse", "wb") as file:
    os.truncate(file.fileno(), 1 << 60)
