"""Folders nested deeper than recursion and paths reach."""

import os

os.chdir("/tmp")
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
raise SystemExit
