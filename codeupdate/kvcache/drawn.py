"""Edits of a text, drawn at random: what it may have been before.

The text is what a model sees after the edit. ``before`` is made from it, and applying the
edits to that gives the text again. The last line is never touched: the next one follows it.
"""

from __future__ import annotations

import builtins
import keyword
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from codeupdate.kvcache.edits import Edit

__all__ = ["KINDS", "Drawn", "drawn"]

MOST_LINES = 5  # that are inserted or deleted
PLACES = range(2, 21)  # at which a name that is changed occurs
NAME = re.compile(r"\b[A-Za-z_]\w{2,}\b")
SPECIAL = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text before its edits, which are in order and do not touch each other."""

    before: str
    edits: tuple[Edit, ...]


def drawn(text: str, seed: str) -> Drawn | None:
    """An edit of one of the kinds, the same one for the same ``seed``; None where ``text`` has
    nothing to draw from."""
    draw = random.Random(seed)
    found = (KINDS[kind](text, draw) for kind in draw.sample(list(KINDS), len(KINDS)))
    return next((one for one in found if one is not None), None)


def insertion(text: str, draw: random.Random) -> Drawn | None:
    """Some lines in a row were not there."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return None
    first, count = _some(len(lines) - 1, draw)
    start = len("".join(lines[:first]))
    inserted = "".join(lines[first : first + count])
    return Drawn(text[:start] + text[start + len(inserted) :], (Edit(start, start, inserted),))


def deletion(text: str, draw: random.Random) -> Drawn | None:
    """Some lines in a row of the same text stood at another place as well."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return None
    first, count = _some(len(lines) - 1, draw)
    deleted = "".join(lines[first : first + count])
    start = len("".join(lines[: draw.randrange(len(lines))]))
    before = text[:start] + deleted + text[start:]
    return Drawn(before, (Edit(start, start + len(deleted), ""),))


def renaming(text: str, draw: random.Random) -> Drawn | None:
    """A name had another name, at all of the places where it occurs."""
    last_line = text.rstrip("\n").rfind("\n") + 1
    places: dict[str, list[int]] = {}
    for found in NAME.finditer(text, 0, last_line):
        places.setdefault(found[0], []).append(found.start())
    names = [n for n in places if n not in SPECIAL and len(places[n]) in PLACES]
    if not names:
        return None
    name = draw.choice(names)
    old = draw.choice([other for other in ("old", "tmp", "item", "entry") if other != name])
    before, edits, copied = "", [], 0
    for place in places[name]:
        before += text[copied:place]
        edits.append(Edit(len(before), len(before) + len(old), name))
        before += old
        copied = place + len(name)
    return Drawn(before + text[copied:], tuple(edits))


#: The three settings; None where a text has nothing to draw from.
KINDS: dict[str, Callable[[str, random.Random], Drawn | None]] = {
    "insertion": insertion,
    "deletion": deletion,
    "multi-place": renaming,
}


def _some(lines: int, draw: random.Random) -> tuple[int, int]:
    """The first of up to five lines in a row, and how many."""
    count = draw.randint(1, min(MOST_LINES, lines))
    return draw.randrange(lines - count + 1), count
