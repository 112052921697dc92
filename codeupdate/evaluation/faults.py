"""What goes wrong with the file of a run, as one sentence that says what would work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from codeupdate.errors import StoreError

__all__ = ["reading", "writing"]

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
PRIMARY = 0xFF  # of a code, what says the sort of it


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Say of the store in ``folder`` that it cannot be read.

    Raises:
        StoreError: in the block the file turned out to be damaged, or was no use.
    """
    try:
        yield
    # What was damaged may be text that is no JSON any more, or the name of no outcome.
    except (sqlite3.Error, ValueError) as error:
        raise _said(folder, "read", error) from error


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of the store in ``folder`` that it could not be written.

    Raises:
        StoreError: in the block something went wrong with the file.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _said(folder, "written", error) from error


def _said(folder: Path, what: Literal["read", "written"], error: Exception) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    if code in DAMAGED or not isinstance(error, sqlite3.Error):
        advice = "it is damaged: restore it from a copy, or start a new run"
    elif code in BUSY:
        advice = "another program has locked it: try again when that is done"
    elif what == "read":
        advice = "copy the folder to where it can be written, and read the copy"
    elif code == sqlite3.SQLITE_FULL:
        advice = f"what was stored before is kept: make room and continue with --resume {folder}"
    else:
        advice = f"what was stored before is kept: continue with --resume {folder}"
    return StoreError(f"the store in '{folder}' could not be {what}: {error}; {advice}")
