"""Quiet about an engine's processes, until one of them fails: then with its reason."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any

__all__ = ["EngineLog", "last_sentence"]

TAIL = 2**18  # bytes at the end of the log in which the reason is looked for
#: An exception as Python prints it, behind whatever a logger puts before a line.
RAISED = re.compile(r"(?:^|[\]\s])(?:\w+\.)*[A-Z]\w*(?:Error|Exception): (\S.*)$")
#: What one process says of the failure of another.
HEARSAY = re.compile(r"initialization failed|background process|EngineCore encountered|cancelled")


class EngineLog:
    """A file without a name that takes what the processes of an engine print."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Processes that start inside print to the file, also afterwards; this one prints where
        it did before.

        A process inherits the descriptors 1 and 2. They are exchanged, and the streams of
        Python that wrote to them write to copies meanwhile.
        """
        with ExitStack() as stack:
            for descriptor, stream, redirect in (
                (1, sys.stdout, redirect_stdout),
                (2, sys.stderr, redirect_stderr),
            ):
                kept = os.dup(descriptor)
                stack.callback(os.close, kept)
                if _writes_to(stream, descriptor):
                    stream.flush()
                    copy = stack.enter_context(os.fdopen(os.dup(kept), "w", buffering=1))
                    stack.enter_context(redirect(copy))
                os.dup2(self._file.fileno(), descriptor)
                stack.callback(os.dup2, kept, descriptor)
            yield

    def reason(self) -> str:
        """The last thing that an exception said, "" where none did."""
        size = os.fstat(self._file.fileno()).st_size
        tail = os.pread(self._file.fileno(), TAIL, max(size - TAIL, 0))
        return last_sentence(tail.decode("utf-8", "replace"))

    def close(self) -> None:
        self._file.close()


def last_sentence(text: str) -> str:
    """What the last exception in ``text`` said that is not about another one's."""
    found = [match[1] for line in text.splitlines() if (match := RAISED.search(line.rstrip()))]
    return next((said for said in reversed(found) if not HEARSAY.search(said)), "")


def _writes_to(stream: Any, descriptor: int) -> bool:
    try:
        return bool(stream.fileno() == descriptor)
    except (AttributeError, OSError, ValueError):  # a notebook's, or closed
        return False
