"""How much of the disk files take: in blocks, and what has several names only once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Entry", "disk_use", "entries", "freed_by"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder."""

    inode: tuple[int, int]  # device and number
    size: int  # bytes on the disk
    names: int  # how many the file has, there and elsewhere


def entries(places: Iterable[Path]) -> Iterator[Entry]:
    """The files and folders ``places`` with all that is in them; what vanishes meanwhile is
    not there."""
    for place in places:
        with suppress(FileNotFoundError):
            if place.is_dir():
                yield from _inside(place)
            else:
                yield _entry(os.lstat(place))


def _inside(folder: Path) -> Iterator[Entry]:
    for place, _, files in os.walk(folder):
        with suppress(FileNotFoundError):
            found = _entry(os.lstat(place))
            yield Entry(found.inode, found.size, 1)  # names of a folder are its folders
            for name in files:
                yield _entry(os.lstat(os.path.join(place, name)))  # noqa: PTH118 (there are many)


def _entry(found: os.stat_result) -> Entry:
    return Entry((found.st_dev, found.st_ino), found.st_blocks * 512, found.st_nlink)


def disk_use(places: Iterable[Path]) -> int:
    """Bytes of everything in ``places`` together."""
    return sum({entry.inode: entry.size for entry in entries(places)}.values())


def freed_by(places: Iterable[Path]) -> int:
    """Bytes that removing ``places`` gives back: files with a name elsewhere stay."""
    found = list(entries(places))
    inside = Counter(entry.inode for entry in found)
    whole = {entry.inode: entry.size for entry in found if inside[entry.inode] >= entry.names}
    return sum(whole.values())
