"""ExcessCode: how much of an edit nothing ever runs (Cassano et al. 2024, arXiv 2312.12450).

Of a completion that passes: the lines that the tests do not reach, for each line that the
edit changed. The metric is the mean over the passing completions of a problem, and the mean
of these over the problems; a problem that was never solved has no part in it. (That is how
every measure is averaged, see :mod:`codeupdate.scoring.measures`.)

The paper divides by the changed lines. The script that its authors released divides by all
lines that ``difflib.Differ`` prints, among them those that did not change and those that
only point at differences; figures that were made with it need ``counting="compared"``.
(Before its fifth version the paper had another ExcessCode: 100 % less the median coverage.)
"""

from __future__ import annotations

import difflib
from typing import Literal

__all__ = ["Counting", "changed_lines", "excess_code", "missing_lines"]

Counting = Literal["changed", "compared"]


def excess_code(
    before: str, after: str, uncovered: int, *, counting: Counting = "changed"
) -> float:
    """Of one passing completion: ``uncovered`` lines for each line that changed.

    ``before`` and ``after`` are the file without tests. An edit that changes nothing counts
    as one line, so that there is a number.
    """
    if counting == "changed":
        return uncovered / max(changed_lines(before, after), 1)
    return uncovered / max(len(_compared(before, after)), 1)


def changed_lines(before: str, after: str) -> int:
    """How many lines were removed or added; one that was altered counts as both."""
    return sum(line.startswith(("- ", "+ ")) for line in _compared(before, after))


def missing_lines(report: str) -> int:
    """How many lines coverage.py's column "Missing" names, such as "4, 17-19".

    As the authors count them: a range includes what lies in it and is no statement. An empty
    column says that all lines were reached, and is not the same as none.

    Raises:
        ValueError: it is no such column.
    """
    total = 0
    for part in filter(None, "".join(report.split()).split(",")):
        first, _, last = part.partition("-")
        total += int(last or first) - int(first) + 1
    return total


def _compared(before: str, after: str) -> list[str]:
    return list(difflib.Differ().compare(before.splitlines(), after.splitlines()))
