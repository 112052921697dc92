"""One process at a time writes into a run folder."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

from codeupdate.errors import StoreError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["LOCK", "FolderLock"]

LOCK = "run.lock"


class FolderLock:
    """Keeps other processes from writing into ``folder`` until it is released, or this process
    ends, however that is. The file stays: who removed it could remove that of another.

    Where files cannot be locked, as on some file systems of clusters, nothing is kept away.
    """

    def __init__(self, folder: Path) -> None:
        """Take it, or refuse.

        Raises:
            StoreError: another process has it.
            OSError: the folder cannot be written.
        """
        self._file = (folder / LOCK).open("ab+", buffering=0)
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            who = self._file.read().decode(errors="replace").strip() or "which is not known"
            self._file.close()
            raise StoreError(
                f"another process is evaluating into the folder '{folder}' ({who}); wait until it "
                f"is done or end it, then continue with --resume {folder}"
            ) from None
        except OSError:
            return
        with suppress(OSError):  # on a full disk nobody learns who it is
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()} on {platform.node()}\n".encode())

    def release(self) -> None:
        if fcntl is not None and not self._file.closed:
            with suppress(OSError):  # where it could not be locked
                fcntl.flock(self._file, fcntl.LOCK_UN)  # also where a fork has the file open
        self._file.close()
