"""What a run found: metrics an arm, and each arm against the baseline, from the store alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from codeupdate.evaluation.comparing import Comparison, compare_pairs
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.rows import ArmRows, read_arms
from codeupdate.models.completions import CACHED
from codeupdate.scoring.measures import Better, measure_metrics
from codeupdate.scoring.metrics import Metric, Scored, Truth, metric
from codeupdate.scoring.ranked import ranked_metrics
from codeupdate.strategies import RANKING
from codeupdate.types import Arm, EditCost, Outcome

__all__ = ["ArmResult", "Cost", "Result", "read_result"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What an arm cost. The figures of edits are means over ``edits``; memory is the peak.

    ``price`` is what a server's tokens cost, in the currency of the prices that were given.
    """

    edits: int
    seconds_per_edit: float
    peak_memory: int  # bytes beyond what was in use before
    parameters: int  # touched by an edit
    tokens_trained: int  # by an edit
    prompt_tokens: int
    completion_tokens: int
    sandbox_seconds: float
    cached_tokens: int = 0  # of the prompts', where a server says that it had them
    price: float | None = None  # None: not known
    cached_samples: int = 0  # of all roles, that an earlier run has generated


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One task under one arm. ``by_kind``: kind of change → the same metrics of its problems;
    ``by``: the same for what else the task groups by, as ``by["library"]["numpy"]``.
    ``retention``: updates taught one after another → how many of the problems of the earlier
    ones are still solved then."""

    task: str
    arm: Arm
    problems: int
    samples: int  # planned ones that ask for efficacy
    metrics: Mapping[str, Metric]
    by_kind: Mapping[str, Mapping[str, Metric]]
    by: Mapping[str, Mapping[str, Mapping[str, Metric]]]
    retention: Mapping[int, Metric]
    outcomes: Mapping[str, int]  # of those samples; "unknown" where not judged yet
    cost: Cost
    measures: Mapping[str, Better] = field(default_factory=dict)  # which are, and what is better
    units: Mapping[str, str] = field(default_factory=dict)  # of those that are not shares


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


def read_result(folder: Path) -> Result:
    """Score the run in ``folder``, finished or not.

    Raises:
        StoreError: there is no run in it.
    """
    with Reader.open(folder) as store:
        config = store.config()
        edits = {stage: cost for stage, (_, cost) in store.edits().items()}
        arms = read_arms(store)
    results = [
        _score(task, arm, rows, config["k"], [edits[s] for s in rows.stages if s in edits])
        for (task, arm), rows in arms.items()
    ]
    comparisons: list[Comparison] = []
    for task in dict.fromkeys(task for task, _ in arms):
        own = {arm: rows for (found, arm), rows in arms.items() if found == task}
        baseline = next((arm for arm, rows in own.items() if not rows.edited), None)
        if baseline is not None:
            with_it = (baseline, own[baseline])
            pairs = [(with_it, other) for other in own.items() if other[0] != baseline]
            comparisons += compare_pairs(task, pairs)
    judged = [judgement for rows in arms.values() for judgement in rows.judgements]
    return Result(
        run=folder,
        results=tuple(results),
        comparisons=tuple(comparisons),
        provenance=config["provenance"],
        failures=sum(Outcome.INFRASTRUCTURE in j.outcomes.values() for j in judged),
        unknown=sum(rows.unknown for rows in arms.values()),
    )


# ------------------------------------------------------------------------- scoring


def _score(
    task: str, arm: Arm, rows: ArmRows, ks: Sequence[int], edits: Sequence[EditCost]
) -> ArmResult:
    metrics = _efficacy_metrics(rows.efficacy, rows, ks)
    if arm.strategy in RANKING and rows.decided:
        metrics |= ranked_metrics(rows.efficacy)
    if rows.specificity:
        metrics["specificity"] = metric(rows.specificity, lambda s: s.passed)
    retention = {
        taught: metric(samples, lambda s: s.passed) for taught, samples in rows.retention.items()
    }
    if len(rows.stages) in retention:  # what is left at the end
        metrics["retention"] = retention[len(rows.stages)]
    names = {name for groups in rows.groups.values() for name in groups}
    by = {
        name: _split(rows, {unit: groups[name] for unit, groups in rows.groups.items()}, ks)
        for name in sorted(names)
    }
    count = max(len(edits), 1)
    return ArmResult(
        task=task,
        arm=arm,
        problems=len({sample.unit for sample in rows.efficacy}),
        samples=len(rows.efficacy),
        metrics=metrics,
        by_kind=_split(rows, rows.kinds, ks),
        by=by,
        retention=retention,
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
            cached_tokens=round(sum(_observed(rows, "cached_tokens"))),
            price=sum(prices) if (prices := _observed(rows, "price")) else None,
            cached_samples=round(sum(_observed(rows, CACHED))),
        ),
        measures={
            name: measure.better
            for measure in (*rows.facts.measures, *rows.facts.observed)
            for name in measure.metric_names(ks)
            if name in metrics
        },
        units={m.name: m.unit for m in rows.facts.observed if m.name in metrics},
    )


def _observed(rows: ArmRows, name: str) -> list[float]:
    """What was observed of the samples under ``name``, of those of which it was."""
    seen = (judgement.observed or {} for judgement in rows.judgements)
    return [one[name] for one in seen if name in one]


def _split(
    rows: ArmRows, group_of: Mapping[str, str], ks: Sequence[int]
) -> dict[str, dict[str, Metric]]:
    """The metrics of each group of questions; ``group_of`` has the group of every unit."""
    members: dict[str, list[Scored]] = {}
    for sample in rows.efficacy:
        members.setdefault(group_of[sample.unit], []).append(sample)
    return {
        group: _efficacy_metrics(samples, rows, ks) for group, samples in members.items() if group
    }


def _efficacy_metrics(
    samples: Sequence[Scored], rows: ArmRows, ks: Sequence[int]
) -> dict[str, Metric]:
    metrics = {}
    if rows.decided:
        metrics = {f"pass@{k}": metric(samples, lambda s: s.passed, k=k) for k in ks}
    for check in sorted({check for sample in samples for check in sample.others}):
        for k in ks:
            metrics[f"{check}_pass@{k}"] = metric(samples, partial(_passed, check), k=k)
    updated = [sample for sample in samples if sample.unit in rows.updated]
    if updated:
        for k in ks:
            metrics[f"upass@{k}"] = metric(updated, lambda s: s.solved_by_update, k=k)
        metrics["adoption"] = metric(updated, lambda s: s.adopted)
        metrics["workarounds"] = metric(updated, lambda s: s.worked_around)
    needing = [sample for sample in samples if sample.unit in rows.needing]
    if rows.documented and needing:
        metrics["hit_rate"] = metric(needing, lambda s: s.documented)
    for measure in rows.facts.measures:
        metrics |= measure_metrics(samples, measure, ks)
    for measure in rows.facts.observed:
        seen = [replace(sample, measures=sample.observed) for sample in samples]
        metrics |= measure_metrics(seen, measure, ks)
    metrics["extraction_failures"] = metric(
        samples, lambda s: None if s.extracted is None else not s.extracted
    )
    metrics["truncations"] = metric(samples, lambda s: s.truncated)
    metrics["context_overflows"] = metric(samples, lambda s: s.overflowed)
    if rows.decided:
        metrics["suspicious_passes"] = metric(samples, lambda s: s.suspicious)
    return metrics


def _passed(check: str, sample: Scored) -> Truth:
    return sample.others.get(check)
