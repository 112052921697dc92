"""One arm against another on the same questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codeupdate.evaluation.rows import ArmRows, read_arms
from codeupdate.evaluation.store import Store
from codeupdate.scoring import Flips, Interval, holm, mcnemar, paired_difference
from codeupdate.scoring.measures import unit_means
from codeupdate.scoring.metrics import Scored, Truth, pass_rates
from codeupdate.types import Arm

__all__ = ["Comparison", "compare_arms", "compare_rows"]


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
class _Known:
    """Of one question: its rate, and what its first sample did; more is better in both."""

    rate: float
    first: float


def compare_arms(folders: tuple[Path, Path]) -> list[Comparison]:
    """Arms of the second run against the same arms of the first, on the questions that
    both were asked. Where no arm is in both, a task's only arms are compared.

    Raises:
        StoreError: there is no run in a folder.
    """
    runs = []
    for folder in folders:
        with Store.open(folder) as store:
            runs.append(read_arms(store))
    before, after = runs
    comparisons: list[Comparison] = []
    for task in dict.fromkeys(task for task, _ in before):
        old = {replace(arm, model=""): arm for found, arm in before if found == task}
        new = {replace(arm, model=""): arm for found, arm in after if found == task}
        pairs = [(old[key], new[key]) for key in old if key in new]
        if not pairs and len(old) == len(new) == 1:
            pairs = [(next(iter(old.values())), next(iter(new.values())))]
        for first, second in pairs:
            comparisons += compare_rows(
                task, (first, before[task, first]), [(second, after[task, second])]
            )
    return comparisons


def compare_rows(
    task: str, baseline: tuple[Arm, ArmRows], others: Sequence[tuple[Arm, ArmRows]]
) -> list[Comparison]:
    """Every compared metric of every other arm, corrected for how many arms there are.

    Questions whose verdict is not known in one of the two are left out of both.
    """
    comparisons: list[Comparison] = []
    for name, known, lower in _compared(baseline[1]):
        found = []
        for arm, rows in others:
            pairs = _pairs(known(baseline[1]), known(rows), _clusters(name, rows), lower=lower)
            if pairs is not None:
                found.append((arm, *pairs))
        adjusted = holm([flips.p_value for _, _, flips, _ in found])
        comparisons += [
            Comparison(task, name, baseline[0], arm, questions, difference, flips, p)
            for (arm, difference, flips, questions), p in zip(found, adjusted, strict=True)
        ]
    return comparisons


def _compared(
    baseline: ArmRows,
) -> Iterator[tuple[str, Callable[[ArmRows], dict[str, _Known]], bool]]:
    """Each metric that is compared: its name, what is known of it, whether less is better."""
    if baseline.decided:
        yield "pass@1", lambda rows: _known(rows.efficacy, lambda s: s.passed), False
    if baseline.updated:

        def by_update(rows: ArmRows) -> dict[str, _Known]:
            checked = [sample for sample in rows.efficacy if sample.unit in rows.updated]
            return _known(checked, lambda s: s.solved_by_update)

        yield "upass@1", by_update, False
    yield "specificity", lambda rows: _known(rows.specificity, lambda s: s.passed), False
    for measure in baseline.facts.measures:

        def known(rows: ArmRows, name: str = measure.name) -> dict[str, _Known]:
            return _known_means(rows.efficacy, name)

        yield measure.metric_names([1])[0], known, measure.better == "lower"


def _clusters(name: str, rows: ArmRows) -> dict[str, str]:
    samples = rows.specificity if name == "specificity" else rows.efficacy
    return {sample.unit: sample.cluster for sample in samples}


def _pairs(
    before: dict[str, _Known], after: dict[str, _Known], clusters: dict[str, str], *, lower: bool
) -> tuple[Interval, Flips, int] | None:
    # The baseline answers an unrelated problem once, an edited model after every edit.
    partner = {unit: unit if unit in before else unit.rpartition("\0")[2] for unit in after}
    units = [unit for unit in after if partner[unit] in before]
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


def _known(samples: Sequence[Scored], truth: Callable[[Scored], Truth]) -> dict[str, _Known]:
    """Unit → its rate and what its first sample did, where all of its samples are known."""
    low, high, _ = pass_rates(samples, 1, truth)
    first: dict[str, Truth] = {}
    for sample in samples:
        first.setdefault(sample.unit, truth(sample))
    return {unit: _Known(low[unit], bool(first[unit])) for unit in low if low[unit] == high[unit]}


def _known_means(samples: Sequence[Scored], name: str) -> dict[str, _Known]:
    """The same of a measure, of the units that it applies to."""
    means = unit_means(samples, name)
    first: dict[str, float] = {}
    for sample in samples:
        if sample.measures and name in sample.measures:
            first.setdefault(sample.unit, sample.measures[name])
    return {
        unit: _Known(means.low[unit], first[unit])
        for unit in means.low
        if means.low[unit] == means.high[unit]
    }
