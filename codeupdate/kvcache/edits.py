"""Edits of a text: by range, by unified diff, or found by comparing it with the new text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from codeupdate.errors import UsageError

__all__ = ["Edit", "applied", "differences", "in_order", "inverted", "parse_diff"]

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters ``start`` to ``end`` are replaced by ``text``."""

    start: int
    end: int
    text: str = ""

    @property
    def growth(self) -> int:
        return len(self.text) - (self.end - self.start)


def in_order(edits: Sequence[Edit], length: int) -> list[Edit]:
    """``edits`` of a text of ``length`` characters, first to last; those that change nothing
    are left out.

    Raises:
        UsageError: one lies outside the text, or two overlap.
    """
    for edit in edits:
        if not 0 <= edit.start <= edit.end <= length:
            raise UsageError(
                f"an edit of characters {edit.start} to {edit.end} lies outside the text, "
                f"which has {length}"
            )
    ordered = sorted(
        (e for e in edits if e.end > e.start or e.text), key=lambda e: (e.start, e.end)
    )
    for one, other in pairwise(ordered):
        if other.start < one.end or (one.start, one.end) == (other.start, other.end):
            raise UsageError(
                f"the edits of characters {one.start} to {one.end} and {other.start} to "
                f"{other.end} overlap; give them as one"
            )
    return ordered


def applied(text: str, edits: Sequence[Edit]) -> str:
    """``text`` after ``edits``, which are in order."""
    parts, kept = [], 0
    for edit in edits:
        parts += [text[kept : edit.start], edit.text]
        kept = edit.end
    return "".join([*parts, text[kept:]])


def inverted(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """What takes ``edits`` of ``text``, which are in order, back."""
    found, shift = [], 0
    for edit in edits:
        start = edit.start + shift
        found.append(Edit(start, start + len(edit.text), text[edit.start : edit.end]))
        shift += edit.growth
    return found


def differences(old: str, new: str) -> list[Edit]:
    """The edits that make ``new`` of ``old``: by lines, then without what begins and ends alike."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts_old, starts_new = _starts(before), _starts(after)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        start, end = starts_old[a], starts_old[b]
        text = new[starts_new[c] : starts_new[d]]
        same = _common(old[start:end], text)
        start, text = start + same, text[same:]
        same = _common(old[start:end][::-1], text[::-1])
        found.append(Edit(start, end - same, text[: len(text) - same]))
    return found


def parse_diff(old: str, diff: str) -> list[Edit]:
    """The edits of a unified diff of one file, made for ``old``.

    Raises:
        UsageError: it has no hunks, or one does not fit ``old``.
    """
    lines = _lines(old)
    starts = _starts(lines)
    found, hunks = [], 0
    for line, before, after in _hunks(diff):
        hunks += 1
        if line > len(lines):
            raise UsageError(
                f"the diff does not fit the text: it has a hunk for line {line + 1}, and the text "
                f"{len(lines)} lines; make it against the text as it is now"
            )
        end = line + len(before)
        held = lines[line:end]
        if end == len(lines) and old and not old.endswith("\n"):
            # Not every tool says that a text does not end in a new line.
            if not before:
                after = ["\n", *_unended(after)]
            elif before[-1].endswith("\n"):
                before, after = _unended(before), _unended(after)
        for at, expected in enumerate(before):
            if held[at : at + 1] != [expected]:
                there = repr(held[at].rstrip("\n")) if at < len(held) else "the end"
                raise UsageError(
                    f"the diff does not fit the text: in line {line + at + 1} it expects "
                    f"{expected.rstrip()!r} where there is {there}; make it against the text as "
                    "it is now"
                )
        part = differences(old[starts[line] : starts[end]], "".join(after))
        found += [Edit(starts[line] + e.start, starts[line] + e.end, e.text) for e in part]
    if not hunks:
        raise UsageError("the diff has no hunks (lines that begin with @@); is it a unified diff?")
    return found


def _hunks(diff: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Of each hunk the number of its first line, from 0, and its lines before and after, each
    with its end."""
    lines = iter(diff.split("\n"))
    line = next(lines, None)
    while line is not None:
        header = HUNK.match(line)
        line = next(lines, None)
        if not header:
            continue
        first, old, new = int(header[1]), int(header[2] or 1), int(header[3] or 1)
        before: list[str] = []
        after: list[str] = []
        sides: tuple[list[str], ...] = ()
        while line is not None:
            if line.startswith("\\"):  # "\ No newline at end of file", about the line above
                for side in sides:
                    side[-1:] = _unended(side[-1:])
            elif len(before) >= old and len(after) >= new:
                break
            else:
                sides = {"-": (before,), "+": (after,)}.get(line[:1], (before, after))
                for side in sides:
                    side.append(f"{line[1:]}\n")
            line = next(lines, None)
        if (len(before), len(after)) != (old, new):
            raise UsageError(f"the diff does not have as many lines as its hunk '{header[0]}' says")
        # A hunk without old lines goes after the line that it names.
        yield first if old == 0 else first - 1, before, after


def _unended(lines: list[str]) -> list[str]:
    """``lines`` without the new line at their end."""
    return [*lines[:-1], *(line.removesuffix("\n") for line in lines[-1:])]


def _lines(text: str) -> list[str]:
    """The lines of ``text`` with their ends, as diffs count them: a new line ends one, nothing
    else does."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _starts(lines: Sequence[str]) -> list[int]:
    """Where each line begins, and the end."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
