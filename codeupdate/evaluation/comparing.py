"""One arm against another on the same questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codeupdate.evaluation.rows import ArmRows
from codeupdate.scoring import Flips, Interval, holm, mcnemar, paired_difference
from codeupdate.scoring.measures import unit_means
from codeupdate.scoring.metrics import Scored, Truth, pass_rates
from codeupdate.types import Arm

__all__ = ["Comparison", "Known", "compare_pairs", "known_passes", "partners"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """An arm against the baseline on the same questions.

    ``flips`` pairs the first sample of each question; ``p_adjusted`` is its p-value after
    Holm's correction over the comparisons of the same metric and task.
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
class Known:
    """Of one question: its rate, and what its first sample did; more is better in both."""

    rate: float
    first: float


def compare_pairs(
    task: str, pairs: Sequence[tuple[tuple[Arm, ArmRows], tuple[Arm, ArmRows]]]
) -> list[Comparison]:
    """Every compared metric of each pair of (baseline, other), corrected for how many pairs
    there are.

    Questions whose verdict is not known in one of the two are left out of both.
    """
    found: dict[str, list[Comparison]] = {}
    for (baseline, before), (arm, after) in pairs:
        for name, known, lower in _compared(before):
            compared = _compare(known(before), known(after), _clusters(name, after), lower=lower)
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

        def known(rows: ArmRows, name: str = measure.name) -> dict[str, Known]:
            return _known_means(rows.efficacy, name)

        yield measure.metric_names([1])[0], known, measure.better == "lower"


def _clusters(name: str, rows: ArmRows) -> dict[str, str]:
    samples = rows.specificity if name == "specificity" else rows.efficacy
    return {sample.unit: sample.cluster for sample in samples}


def _compare(
    before: dict[str, Known], after: dict[str, Known], clusters: dict[str, str], *, lower: bool
) -> tuple[Interval, Flips, int] | None:
    partner = partners(before, after)
    units = list(partner)
    if not units:
        return None
    difference = paired_difference(
        {unit: before[partner[unit]].rate for unit in units},
        {unit: after[unit].rate for unit in units},
        clusters,
    )
    # McNemar's test takes pairs to be independent: of an unrelated problem that was asked
    # after several edits, the first one counts.
    first_unit: dict[str, str] = {}
    for unit in units:
        first_unit.setdefault(partner[unit], unit)
    sign = -1 if lower else 1
    flips = mcnemar(
        [(sign * before[p].first, sign * after[u].first) for p, u in first_unit.items()]
    )
    return difference, flips, len(units)


def partners(before: Collection[str], after: Iterable[str]) -> dict[str, str]:
    """Unit of an arm → the unit of the baseline that asks the same, where there is one.

    The baseline answers an unrelated problem once, an edited model after every edit.
    """
    plain = {unit: unit if unit in before else unit.rpartition("\0")[2] for unit in after}
    return {unit: partner for unit, partner in plain.items() if partner in before}


def known_passes(samples: Sequence[Scored], truth: Callable[[Scored], Truth]) -> dict[str, Known]:
    """Unit → its rate and what its first sample did, where all of its samples are known."""
    low, high, _ = pass_rates(samples, 1, truth)
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
