"""One arm against another on the same questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from codeupdate.evaluation.rows import ArmRows
from codeupdate.scoring import Flips, Interval, holm, mcnemar, paired_difference
from codeupdate.scoring.measures import Measure, in_parts, unit_means
from codeupdate.scoring.metrics import Scored, Truth, pass_rates
from codeupdate.types import Arm

__all__ = [
    "Comparison",
    "Known",
    "Unpaired",
    "compare_pairs",
    "known_passes",
    "partners",
    "problem_of",
    "unpaired",
]

#: (baseline, arm), with their rows.
Pair = tuple[tuple[Arm, ArmRows], tuple[Arm, ArmRows]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm against the baseline on the same questions.

    ``flips`` pairs the first sample of each problem; of an unrelated problem that was asked
    after several edits, that after the first of them, and of a measure in parts the first
    part of a problem, while ``difference`` is over all.
    ``p_adjusted`` is the p-value of ``flips`` after Holm's correction over the comparisons of
    the same metric and task.
    """

    task: str
    metric: str
    baseline: Arm
    arm: Arm
    questions: int
    difference: Interval
    flips: Flips
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A metric that both arms have, and that has no judged question in common."""

    task: str
    metric: str
    baseline: Arm
    arm: Arm


@dataclass(frozen=True, slots=True)
class Known:
    """Of one question: its rate, and what its first sample did; more is better in both."""

    rate: float
    first: float


def compare_pairs(task: str, pairs: Sequence[Pair]) -> list[Comparison]:
    """Every compared metric of each pair of (baseline, other), corrected for how many pairs
    there are.

    Questions whose verdict is not known in one of the two are left out of both.
    """
    found: dict[str, list[Comparison]] = {}
    for (baseline, before), (arm, after) in pairs:
        for name, known, lower in _compared(before):
            samples = {one.unit: one for rows in (before, after) for one in _samples(name, rows)}
            compared = _compare(known(before), known(after), samples, lower=lower)
            if compared is not None:
                difference, flips, questions = compared
                found.setdefault(name, []).append(
                    Comparison(task, name, baseline, arm, questions, difference, flips, 1.0)
                )
    return [
        replace(one, p_adjusted=p)
        for own in found.values()
        for one, p in zip(own, holm([one.flips.p_value for one in own]), strict=True)
    ]


def unpaired(task: str, pairs: Sequence[Pair]) -> list[Unpaired]:
    """The metrics that :func:`compare_pairs` has to leave out of a pair, though both have them."""
    return [
        Unpaired(task, name, baseline, arm)
        for (baseline, before), (arm, after) in pairs
        for name, known, _ in _compared(before)
        if (old := known(before)) and (new := known(after)) and not partners(old, new)
    ]


def _compared(
    baseline: ArmRows,
) -> Iterator[tuple[str, Callable[[ArmRows], dict[str, Known]], bool]]:
    """Each metric that is compared: its name, what is known of it, whether less is better."""
    if baseline.decided:
        yield "pass@1", lambda rows: known_passes(rows.efficacy, lambda s: s.passed), False
    if baseline.updated:

        def by_update(rows: ArmRows) -> dict[str, Known]:
            checked = [sample for sample in rows.efficacy if sample.unit in rows.updated]
            return known_passes(checked, lambda s: s.solved_by_update)

        yield "upass@1", by_update, False
    yield "specificity", lambda rows: known_passes(rows.specificity, lambda s: s.passed), False
    for measure in baseline.facts.measures:

        def known(rows: ArmRows, measure: Measure = measure) -> dict[str, Known]:
            return _known_means(_in_parts(rows.efficacy, measure), measure.name)

        yield measure.metric_names([1])[0], known, measure.better == "lower"


def _samples(name: str, rows: ArmRows) -> Sequence[Scored]:
    if name == "specificity":
        return rows.specificity
    measure = next((m for m in rows.facts.measures if name in m.metric_names([1])), None)
    return _in_parts(rows.efficacy, measure) if measure else rows.efficacy


def _in_parts(samples: Sequence[Scored], measure: Measure) -> Sequence[Scored]:
    return list(in_parts(samples, measure.name)) if measure.parts else samples


def _compare(
    before: Mapping[str, Known],
    after: Mapping[str, Known],
    samples: Mapping[str, Scored],
    *,
    lower: bool,
) -> tuple[Interval, Flips, int] | None:
    """``samples``: one of every unit of the two."""
    paired = partners(before, after)
    if not paired:
        return None
    difference = paired_difference(
        {unit: before[old].rate for unit, (old, _) in paired.items()},
        {unit: after[new].rate for unit, (_, new) in paired.items()},
        {unit: samples[unit].cluster for unit in paired},
        edit_of={unit: samples[unit].edit for unit in paired},
    )
    # McNemar's test takes pairs to be independent: of an unrelated problem that was asked
    # after several edits, the first one counts.
    first: dict[str, tuple[str, str]] = {}
    for unit, pair in paired.items():
        first.setdefault(problem_of(unit), pair)
    sign = -1 if lower else 1
    flips = mcnemar(
        [(sign * before[old].first, sign * after[new].first) for old, new in first.values()]
    )
    return difference, flips, len(paired)


def partners(before: Collection[str], after: Collection[str]) -> dict[str, tuple[str, str]]:
    """Question → the unit of the baseline and that of the arm that answer it, where both do.

    An edited model answers an unrelated problem after every edit. An answer after another edit
    is to another question; an arm that edits nothing answers once, which stands for all.
    """
    found = {}
    for unit in (*after, *before):
        old, new = (unit if unit in units else problem_of(unit) for units in (before, after))
        if old in before and new in after:
            found[unit] = (old, new)
    return found


def problem_of(unit: str) -> str:
    """The problem that a unit asks, after whichever edit."""
    return unit.rpartition("\0")[2]


def known_passes(samples: Sequence[Scored], truth: Callable[[Scored], Truth]) -> dict[str, Known]:
    """Unit → its rate and what its first sample did, where all of its samples are known."""
    low, high = pass_rates(samples, 1, truth)
    first: dict[str, Truth] = {}
    for sample in samples:
        first.setdefault(sample.unit, truth(sample))
    return {unit: Known(low[unit], bool(first[unit])) for unit in low if low[unit] == high[unit]}


def _known_means(samples: Sequence[Scored], name: str) -> dict[str, Known]:
    """The same of a measure, of the units that it applies to."""
    means = unit_means(samples, name)
    first: dict[str, float] = {}
    for sample in samples:
        if sample.measures and name in sample.measures:
            first.setdefault(sample.unit, sample.measures[name])
    return {
        unit: Known(means.low[unit], first[unit])
        for unit in means.low
        if means.low[unit] == means.high[unit]
    }
