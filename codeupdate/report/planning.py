"""How large an evaluation has to be, as a table and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table

from codeupdate.evaluation.planning import Observed
from codeupdate.scoring.power import (
    Assumptions,
    Goal,
    detectable,
    mcnemar_problems,
    problems_needed,
)

__all__ = ["Size", "advice", "assumptions_in_words", "power_table", "sizes"]

#: Below so many updates a normal approximation promises too much.
FEW = 30
#: More samples are advised only where they save such a share of the problems.
WORTH = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    """What ``n`` samples a problem take: problems, updates, and samples of each arm.

    ``mcnemar``: problems for McNemar's exact test, at n = 1 only; ``seen``: the smallest
    difference that the problems at hand show, where their number is known.
    """

    n: int
    problems: int
    updates: int
    samples: int
    mcnemar: int | None
    seen: float | None


def sizes(arms: Assumptions, goal: Goal, counts: Sequence[int], given: int | None) -> list[Size]:
    """A row for each number of samples."""
    found = []
    for n in counts:
        problems = problems_needed(arms, goal, n)
        found.append(
            Size(
                n=n,
                problems=problems,
                updates=math.ceil(problems / arms.per_update),
                samples=problems * n,
                mcnemar=mcnemar_problems(arms, goal) if n == 1 else None,
                seen=detectable(arms, goal, given, n) if given else None,
            )
        )
    return found


def power_table(rows: Sequence[Size], given: int | None) -> Table:
    """The rows for a terminal. *McNemar alone*: its test takes one sample of a problem, and
    problems to be independent."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    heads = ["n", "problems", "updates", "samples an arm"]
    heads += ["McNemar alone"] if any(row.mcnemar for row in rows) else []
    heads += [f"seen with {given:,}"] if given else []
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        cells = [f"{number:,}" for number in (row.n, row.problems, row.updates, row.samples)]
        if "McNemar alone" in heads:
            cells.append(f"{row.mcnemar:,}" if row.mcnemar else "–")
        if row.seen is not None:
            cells.append(f"{100 * row.seen:.1f} points")
        table.add_row(*cells)
    return table


def assumptions_in_words(arms: Assumptions, seen: Observed | None) -> str:
    """What the table rests on, and where that comes from."""
    sampling = arms.within / (arms.between + arms.within) if arms.between + arms.within else 0.0
    text = (
        f"baseline {arms.baseline:.0%}, arm {arms.arm:.0%}; {sampling:.0%} of the variance of a "
        f"difference at one sample is the luck of sampling; correlation of the arms over "
        f"problems {arms.correlation:.2f}; {arms.per_update:.1f} problems an update with "
        f"intra-update correlation {arms.icc:.2f}"
    )
    if seen is None:
        return f"Assumed: {text}."
    text = f"Seen in {seen.problems:,} problems with {seen.n} samples: {text}."
    if seen.sampled == 0:
        return f"{text} The answers are greedy: more samples of a problem would be the same."
    if seen.sampled is not None:
        return (
            f"{text} With one sample the share of luck cannot be seen: it is assumed (--sampled)."
        )
    return text


def advice(arms: Assumptions, goal: Goal, rows: Sequence[Size], given: int | None) -> str:
    """The finding in a sentence, and what would change it in another."""
    corrected = f" / {goal.comparisons} comparisons" if goal.comparisons > 1 else ""
    # The most samples that still save something worth having.
    best = rows[0]
    for row in rows[1:]:
        if row.problems <= (1 - WORTH) * best.problems:
            best = row
    floor = problems_needed(arms, goal, math.inf)
    text = (
        f"To see {100 * goal.difference:+g} points with {100 * goal.power:g} % power "
        f"(two-sided, alpha {goal.alpha:g}{corrected}), ask {best.problems:,} problems of "
        f"{best.updates:,} updates, {_times(best.n)} each: {best.samples:,} samples an arm. "
        f"However many samples, at least {floor:,} problems are needed."
    )
    if given and best.seen is not None:
        text += (
            f" With {given:,} problems and {best.n} of each, the smallest difference so seen is "
            f"{100 * best.seen:.1f} points."
        )
    if best.updates < FEW:
        text += f" With fewer than {FEW} updates this is optimistic: take a few more."
    return text


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} samples"
