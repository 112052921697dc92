"""Edits of a text: by range, by unified diff, or found by comparing it with the new text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from codeupdate.errors import UsageError

__all__ = ["Edit", "applied", "differences", "in_order", "inverted", "parse_diff"]

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


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
    ordered = sorted(
        (e for e in edits if e.end > e.start or e.text), key=lambda e: (e.start, e.end)
    )
    for edit in ordered:
        if not 0 <= edit.start <= edit.end <= length:
            raise UsageError(
                f"an edit of characters {edit.start} to {edit.end} lies outside the text, "
                f"which has {length}"
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
    lines = old.splitlines(keepends=True)
    starts = _starts(lines)
    found = []
    for line, before, after in _hunks(diff):
        held = [text.removesuffix("\n") for text in lines[line : line + len(before)]]
        if held != before:
            raise UsageError(
                f"the diff does not fit the text: its hunk for line {line + 1} expects "
                f"{before[:1] or ['the end']!r} where there is {held[:1] or ['the end']!r}; "
                "make it against the text as it is now"
            )
        start, end = starts[line], starts[line + len(before)]
        text = "".join(f"{new}\n" for new in after)
        if after and old and end == len(old) and not old.endswith("\n"):
            text = text[:-1]
        part = differences(old[start:end], text)
        found += [Edit(start + edit.start, start + edit.end, edit.text) for edit in part]
    if not found and not HUNK.search(diff):
        raise UsageError("the diff has no hunks (lines that begin with @@); is it a unified diff?")
    return found


def _hunks(diff: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Of each hunk the number of its first line, from 0, and its lines before and after."""
    hunk: tuple[int, list[str], list[str]] | None = None
    for line in diff.splitlines():
        if header := HUNK.match(line):
            if hunk:
                yield hunk
            first = int(header[1])
            # A hunk without old lines goes after the line that it names.
            hunk = (first if header[2] == "0" else first - 1, [], [])
        elif hunk and line[:1] in {" ", "-", "+", ""}:
            if line[:1] != "+":
                hunk[1].append(line[1:])
            if line[:1] != "-":
                hunk[2].append(line[1:])
    if hunk:
        yield hunk


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
