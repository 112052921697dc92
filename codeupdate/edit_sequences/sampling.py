"""Backward sampling: a program is taken apart line by line, and stays free of errors.

A line is drawn and deleted, with the block below it; the linter then names lines that are wrong
without it, and these go too, until it finds nothing that it did not find in the whole
program. What is left is a state. Read backwards, the states are a way to write the program in
insertions, none of which brings an error.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from codeupdate.edit_sequences.linting import Fault, faults

__all__ = ["sample_states"]


def sample_states(program: str, seed: int | str = 0) -> list[str]:
    """The states of one way to write ``program``, from nothing to the whole of it.

    Each is what is left of the next without some of its lines.

    Raises:
        MissingExtra: the linter is not installed.
    """
    lines = program.split("\n")
    random_lines = random.Random(seed)
    known = {fault.message for fault in faults(program)}
    kept = list(range(len(lines)))
    states = [program]
    while written := [number for number in kept if lines[number].strip()]:
        kept = _without_faults(lines, kept, random_lines.choice(written), known)
        if not any(lines[number].strip() for number in kept):
            kept = []
        states.append("\n".join(lines[number] for number in kept))
    if states[-1]:
        states.append("")
    return states[::-1]


def _without_faults(lines: list[str], kept: list[int], first: int, known: set[str]) -> list[int]:
    """``kept`` without line ``first`` and all that is wrong without it."""
    doomed = [first]
    while doomed:
        gone = {below for number in doomed for below in _block(lines, kept, number)}
        kept = [number for number in kept if number not in gone]
        found = faults("\n".join(lines[number] for number in kept)) if kept else []
        doomed = _lines_of((f for f in found if f.message not in known), lines, kept)
    return kept


def _lines_of(found: Iterable[Fault], lines: list[str], kept: list[int]) -> list[int]:
    """The lines that faults are in; of an empty one, the last above it that is written."""
    blamed = []
    for fault in found:
        above = [number for number in kept[: fault.line + 1] if lines[number].strip()]
        blamed.append(above[-1] if above else kept[0])
    return blamed


def _block(lines: list[str], kept: list[int], first: int) -> list[int]:
    """A line, and those below that are indented further or empty."""
    start = kept.index(first)
    margin = _indent(lines[first])
    end = start + 1
    while end < len(kept) and (not lines[kept[end]].strip() or _indent(lines[kept[end]]) > margin):
        end += 1
    return kept[start:end]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
