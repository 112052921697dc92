"""Edit sequences as text: consecutive diffs, each marked, and back to a program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["MARK", "Resolved", "differences", "joined", "resolve"]

MARK = "<|diff|>"  # stands before each edit, as the authors write it
END = "<|endoftext|>"
_HEADER = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an edit sequence comes to. ``edits``: how many hunks were applied; ``malformed``:
    how many lines began a hunk that none could be made of."""

    program: str
    edits: int
    malformed: int


def differences(states: Sequence[str]) -> list[str]:
    """The diff from each state to the next, without context; each state has all lines of the
    one before it, in the same order."""
    lines = [state.splitlines() for state in states]
    return ["\n".join(_insertions(before, after)) for before, after in pairwise(lines)]


def joined(edits: Sequence[str]) -> str:
    """One text of all edits, as a model is to write it."""
    return "".join(f"{MARK}{edit}\n" for edit in edits)


def resolve(text: str) -> Resolved:
    """Apply the edits in ``text``, one after the other, to an empty program.

    A hunk goes where its header says in the program as it then is, or to the end where the
    program is shorter; what is no hunk is left out.
    """
    lines: list[str] = []
    hunks, malformed = _parse(text)
    for hunk in hunks:
        place = min(max(hunk.line - 1, 0), len(lines))
        lines[place : place + hunk.removed] = hunk.added
    program = "\n".join(lines)
    return Resolved(program + "\n" if program else "", len(hunks), malformed)


def _insertions(before: list[str], after: list[str]) -> Iterator[str]:
    """What makes ``after`` of ``before``, whose lines are all in it, in the same order."""
    kept = start = 0
    while start < len(after):
        end = start
        while end < len(after) and (kept == len(before) or after[end] != before[kept]):
            end += 1
        if end > start:
            count = f",{end - start}" if end - start > 1 else ""
            yield f"@@ -{kept},0 +{start + 1}{count} @@"
            yield from (f"+{line}" for line in after[start:end])
        kept, start = kept + 1, end + 1


@dataclass(slots=True)
class _Hunk:
    """``line`` counts from one in the new program; it is 0 where that becomes empty."""

    line: int
    removed: int = 0
    added: list[str] = field(default_factory=list)


def _parse(text: str) -> tuple[list[_Hunk], int]:
    hunks: list[_Hunk] = []
    malformed = 0
    open_hunk: _Hunk | None = None
    for line in text.partition(END)[0].replace(MARK, f"\n{MARK}").split("\n"):
        if line.startswith(MARK):
            open_hunk = None
        line = line.removeprefix(MARK)
        if header := _HEADER.match(line):
            start, count = int(header[3]), header[4]
            # Of a hunk that only removes, the header names the line before.
            open_hunk = _Hunk(start + 1 if count == "0" else start)
            hunks.append(open_hunk)
        elif line.startswith("@@"):
            open_hunk = None
            malformed += 1
        elif open_hunk is not None and line.startswith("+"):
            open_hunk.added.append(line[1:])
        elif open_hunk is not None and line.startswith("-"):
            open_hunk.removed += 1
        else:
            open_hunk = None
    return hunks, malformed
