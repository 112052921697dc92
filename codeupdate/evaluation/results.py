"""What a run found: metrics an arm, and each arm against the baseline, from the store alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from codeupdate.evaluation.store import Judgement, PlannedStage, Store
from codeupdate.scoring import Flips, Interval, holm, mcnemar, paired_difference
from codeupdate.scoring.metrics import Metric, Scored, Truth, metric, pass_rates
from codeupdate.types import Arm, EditCost, Outcome

__all__ = ["ArmResult", "Comparison", "Cost", "Result", "compare_arms", "read_result"]

UNKNOWN = "unknown"  # planned and not judged yet
COMPARED = ("pass@1", "upass@1", "specificity")


@dataclass(frozen=True, slots=True)
class Cost:
    """What an arm cost. The figures of edits are means over ``edits``; memory is the peak."""

    edits: int
    seconds_per_edit: float
    peak_memory: int  # bytes beyond what was in use before
    parameters: int  # touched by an edit
    tokens_trained: int  # by an edit
    prompt_tokens: int
    completion_tokens: int
    sandbox_seconds: float


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One task under one arm. ``by_kind``: kind of change → the same metrics of its problems."""

    task: str
    arm: Arm
    problems: int
    samples: int  # planned ones that ask for efficacy
    metrics: Mapping[str, Metric]
    by_kind: Mapping[str, Mapping[str, Metric]]
    outcomes: Mapping[str, int]  # of those samples; "unknown" where not judged yet
    cost: Cost


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
class Result:
    """Everything a run found. ``failures``: verdicts that were our own failure, in any
    role; ``unknown``: planned samples that are not judged (yet)."""

    run: Path
    results: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...]
    provenance: Mapping[str, Any]
    failures: int
    unknown: int

    def to_json(self) -> dict[str, Any]:
        """One JSON object, in the form of ``codeupdate eval --json``."""
        return {
            "run": str(self.run),
            "results": [asdict(result) for result in self.results],
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "failures": self.failures,
            "unknown": self.unknown,
            "provenance": dict(self.provenance),
        }


@dataclass(slots=True)
class _ArmRows:
    """The judged samples of one task under one arm, by role."""

    stages: list[str]
    edited: bool
    efficacy: list[Scored] = field(default_factory=list)
    specificity: list[Scored] = field(default_factory=list)
    retention: list[Scored] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)  # unit → kind of change
    updated: set[str] = field(default_factory=set)  # units checked with and without an update
    outcomes: Counter[str] = field(default_factory=Counter)
    judgements: list[Judgement] = field(default_factory=list)


def read_result(folder: Path) -> Result:
    """Score the run in ``folder``, finished or not.

    Raises:
        StoreError: there is no run in it.
    """
    with Store.open(folder) as store:
        config = store.config()
        edits = {stage: cost for stage, (_, cost) in store.edits().items()}
        arms = _read_arms(store)
    results = [
        _score(task, arm, rows, config["k"], [edits[s] for s in rows.stages if s in edits])
        for (task, arm), rows in arms.items()
    ]
    comparisons: list[Comparison] = []
    for task in dict.fromkeys(task for task, _ in arms):
        own = {arm: rows for (found, arm), rows in arms.items() if found == task}
        baseline = next((arm for arm, rows in own.items() if not rows.edited), None)
        if baseline is not None:
            others = [(arm, rows) for arm, rows in own.items() if arm != baseline]
            comparisons += _compare(task, (baseline, own[baseline]), others)
    judged = [judgement for rows in arms.values() for judgement in rows.judgements]
    return Result(
        run=folder,
        results=tuple(results),
        comparisons=tuple(comparisons),
        provenance=config["provenance"],
        failures=sum(Outcome.INFRASTRUCTURE in j.outcomes.values() for j in judged),
        unknown=sum(_outcome(j) is None for j in judged),
    )


def compare_arms(folders: tuple[Path, Path]) -> list[Comparison]:
    """Arms of the second run against the same arms of the first, on the questions that
    both were asked. Where no arm is in both, a task's only arms are compared.

    Raises:
        StoreError: there is no run in a folder.
    """
    runs = []
    for folder in folders:
        with Store.open(folder) as store:
            runs.append(_read_arms(store))
    before, after = runs
    comparisons: list[Comparison] = []
    for task in dict.fromkeys(task for task, _ in before):
        old = {replace(arm, model=""): arm for found, arm in before if found == task}
        new = {replace(arm, model=""): arm for found, arm in after if found == task}
        pairs = [(old[key], new[key]) for key in old if key in new]
        if not pairs and len(old) == len(new) == 1:
            pairs = [(next(iter(old.values())), next(iter(new.values())))]
        for first, second in pairs:
            comparisons += _compare(
                task, (first, before[task, first]), [(second, after[task, second])]
            )
    return comparisons


# ------------------------------------------------------------------ rows of an arm


def _read_arms(store: Store) -> dict[tuple[str, Arm], _ArmRows]:
    """(task, arm) → its rows, in the order in which they are run."""
    arms: dict[tuple[str, Arm], list[PlannedStage]] = {}
    for stage in store.planned():
        arms.setdefault((stage.task, stage.arm), []).append(stage)
    return {key: _rows(store, stages) for key, stages in arms.items()}


def _rows(store: Store, stages: Sequence[PlannedStage]) -> _ArmRows:
    rows = _ArmRows([stage.stage for stage in stages], any(stage.edits for stage in stages))
    for stage in stages:
        for judgement in store.judgements(stage.stage, stage.samples):
            rows.judgements.append(judgement)
            scored = _scored(judgement, several_stages=len(stages) > 1)
            role = judgement.item.role
            if role == "specificity":
                rows.specificity.append(scored)
            elif role == "retention":
                if stage is stages[-1]:  # what is left at the end; the way there is in the store
                    rows.retention.append(scored)
            else:
                rows.efficacy.append(scored)
                rows.kinds[scored.unit] = judgement.kind
                rows.outcomes[_outcome(judgement) or UNKNOWN] += 1
                if judgement.outdated:
                    rows.updated.add(scored.unit)
    return rows


def _scored(judgement: Judgement, *, several_stages: bool) -> Scored:
    item = judgement.item
    unrelated = item.role == "specificity"
    updated = _truth(judgement.outcomes.get(judgement.decisive))
    solved: Truth = updated
    if updated and "outdated" in judgement.outcomes:
        outdated = _truth(judgement.outcomes["outdated"])
        solved = None if outdated is None else not outdated
    elif updated and judgement.outdated:
        solved = None  # the check without the update has not run yet
    known = updated is not None
    return Scored(
        # After every edit an unrelated problem is another question, and what an edit
        # broke it broke for all of them: they stand or fall with the edit.
        unit=f"{item.stage}\0{item.problem}" if unrelated and several_stages else item.problem,
        cluster=item.stage if unrelated and several_stages else judgement.cluster,
        passed=updated,
        solved_by_update=solved,
        adopted=any(judgement.calls.values()) if known else None,
        extracted=judgement.extraction != "none" if judgement.extraction else None,
        truncated=judgement.finish_reason == "length" if judgement.finish_reason else None,
        overflowed=judgement.finish_reason == "context" if judgement.finish_reason else None,
        others={
            check: _truth(outcome)
            for check, outcome in judgement.outcomes.items()
            if check not in {judgement.decisive, "outdated"}
        },
        suspicious=updated and bool(judgement.suspicions) if known else None,
    )


def _truth(outcome: Outcome | None) -> Truth:
    if outcome is None or outcome is Outcome.INFRASTRUCTURE:
        return None
    return outcome is Outcome.PASSED


def _outcome(judgement: Judgement) -> str | None:
    """How a sample ended; None while a check of it is missing."""
    outcomes = judgement.outcomes
    if Outcome.INFRASTRUCTURE in outcomes.values():
        return Outcome.INFRASTRUCTURE.value
    updated = outcomes.get(judgement.decisive)
    if updated is None or (updated is Outcome.PASSED and judgement.outdated and len(outcomes) < 2):
        return None
    return updated.value


# ------------------------------------------------------------------------- scoring


def _score(
    task: str, arm: Arm, rows: _ArmRows, ks: Sequence[int], edits: Sequence[EditCost]
) -> ArmResult:
    metrics = _efficacy_metrics(rows.efficacy, ks, updates=bool(rows.updated))
    if rows.specificity:
        metrics["specificity"] = metric(rows.specificity, lambda s: s.passed)
    if rows.retention:
        metrics["retention"] = metric(rows.retention, lambda s: s.passed)
    by_kind = {
        kind: _efficacy_metrics(
            [s for s in rows.efficacy if rows.kinds[s.unit] == kind], ks, updates=bool(rows.updated)
        )
        for kind in dict.fromkeys(rows.kinds.values())
        if kind
    }
    count = max(len(edits), 1)
    return ArmResult(
        task=task,
        arm=arm,
        problems=len({sample.unit for sample in rows.efficacy}),
        samples=len(rows.efficacy),
        metrics=metrics,
        by_kind=by_kind,
        outcomes=dict(rows.outcomes.most_common()),
        cost=Cost(
            edits=len(edits),
            seconds_per_edit=sum(edit.seconds for edit in edits) / count,
            peak_memory=max((edit.peak_memory for edit in edits), default=0),
            parameters=round(sum(edit.parameters for edit in edits) / count),
            tokens_trained=round(sum(edit.tokens for edit in edits) / count),
            prompt_tokens=sum(j.tokens[0] for j in rows.judgements),
            completion_tokens=sum(j.tokens[1] for j in rows.judgements),
            sandbox_seconds=sum(j.seconds for j in rows.judgements),
        ),
    )


def _efficacy_metrics(
    samples: Sequence[Scored], ks: Sequence[int], *, updates: bool
) -> dict[str, Metric]:
    metrics = {f"pass@{k}": metric(samples, lambda s: s.passed, k=k) for k in ks}
    for check in sorted({check for sample in samples for check in sample.others}):
        for k in ks:
            metrics[f"{check}_pass@{k}"] = metric(samples, partial(_passed, check), k=k)
    if updates:
        for k in ks:
            metrics[f"upass@{k}"] = metric(samples, lambda s: s.solved_by_update, k=k)
        metrics["adoption"] = metric(samples, lambda s: s.adopted)
        metrics["workarounds"] = metric(samples, lambda s: s.worked_around)
    metrics["extraction_failures"] = metric(
        samples, lambda s: None if s.extracted is None else not s.extracted
    )
    metrics["truncations"] = metric(samples, lambda s: s.truncated)
    metrics["context_overflows"] = metric(samples, lambda s: s.overflowed)
    metrics["suspicious_passes"] = metric(samples, lambda s: s.suspicious)
    return metrics


def _passed(check: str, sample: Scored) -> Truth:
    return sample.others.get(check)


# ---------------------------------------------------------------------- comparison


def _compare(
    task: str, baseline: tuple[Arm, _ArmRows], others: Sequence[tuple[Arm, _ArmRows]]
) -> list[Comparison]:
    """Every compared metric of every other arm, corrected for how many arms there are.

    Questions whose verdict is not known in one of the two are left out of both.
    """
    comparisons: list[Comparison] = []
    for name in COMPARED:
        found = []
        for arm, rows in others:
            pairs = _pairs(name, baseline[1], rows)
            if pairs is not None:
                found.append((arm, *pairs))
        adjusted = holm([flips.p_value for _, _, flips, _ in found])
        comparisons += [
            Comparison(task, name, baseline[0], arm, questions, difference, flips, p)
            for (arm, difference, flips, questions), p in zip(found, adjusted, strict=True)
        ]
    return comparisons


def _pairs(name: str, before: _ArmRows, after: _ArmRows) -> tuple[Interval, Flips, int] | None:
    if name == "specificity":
        first, second = before.specificity, after.specificity
    else:
        first, second = before.efficacy, after.efficacy
    if not first or not second or (name == "upass@1" and not before.updated):
        return None

    def truth(sample: Scored) -> Truth:
        return sample.solved_by_update if name == "upass@1" else sample.passed

    rates_before = _known_rates(first, truth)
    rates_after = _known_rates(second, truth)
    # The baseline answers an unrelated problem once, an edited model after every edit.
    partner = {
        unit: unit if unit in rates_before else unit.rpartition("\0")[2] for unit in rates_after
    }
    units = [unit for unit in rates_after if partner[unit] in rates_before]
    if not units:
        return None
    clusters = {sample.unit: sample.cluster for sample in second}
    difference = paired_difference(
        {unit: rates_before[partner[unit]][0] for unit in units},
        {unit: rates_after[unit][0] for unit in units},
        clusters,
    )
    # McNemar's test takes pairs to be independent: of an unrelated problem that was asked
    # after several edits, the first one counts.
    first_unit: dict[str, str] = {}
    for unit in units:
        first_unit.setdefault(partner[unit], unit)
    flips = mcnemar([(rates_before[p][1], rates_after[u][1]) for p, u in first_unit.items()])
    return difference, flips, len(units)


def _known_rates(
    samples: Sequence[Scored], truth: Callable[[Scored], Truth]
) -> dict[str, tuple[float, bool]]:
    """Unit → its rate and what its first sample did, where all of its samples are known."""
    low, high, _ = pass_rates(samples, 1, truth)
    first: dict[str, Truth] = {}
    for sample in samples:
        first.setdefault(sample.unit, truth(sample))
    return {unit: (low[unit], bool(first[unit])) for unit in low if low[unit] == high[unit]}
