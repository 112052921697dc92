"""Where the system's shared libraries are, and which others a program or library needs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

__all__ = ["RUNTIME", "find_library", "linked"]

#: The C and C++ runtime, which binary wheels may expect of every system (PEP 600).
RUNTIME = (
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
)


def find_library(name: str) -> Path | None:
    """Where the loader finds the library ``name`` ("libc.so.6"), if it does."""
    try:
        said = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    except OSError:
        return None
    paths = re.findall(rf"^\s*{re.escape(name)} .*=> (/\S+)$", said, re.MULTILINE)
    return Path(paths[0]) if paths else None


def linked(binaries: Iterable[Path]) -> set[Path]:
    """The shared libraries that ``ldd`` names for these files, and the loader."""
    found: set[Path] = set()
    for binary in binaries:
        said = subprocess.run(["ldd", str(binary)], capture_output=True, text=True)
        found |= {Path(path) for path in re.findall(r"(/\S+) \(0x", said.stdout)}
    return found
