"""What the arms of a finished run say about how large the next one has to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codeupdate.errors import UsageError
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.rows import ArmRows, read_arms
from codeupdate.scoring.metrics import Scored
from codeupdate.scoring.power import Assumptions, observed
from codeupdate.types import Arm

__all__ = ["Observed", "observed_arms"]


@dataclass(frozen=True, slots=True)
class Observed:
    """What one arm of a run and its baseline were like, on ``problems`` problems with ``n``
    samples each. ``sampled``: the share of luck that had to be assumed, because there is one
    sample; None where it was seen."""

    task: str
    baseline: Arm
    arm: Arm
    problems: int
    n: int
    sampled: float | None
    assumptions: Assumptions


def observed_arms(folder: Path, task: str | None, sampled: float) -> list[Observed]:
    """Every arm of one task of the run against its baseline; by default of the first task.

    With one sample a problem, ``sampled`` is the share of the variance that is given to
    sampling; greedy answers have none.

    Raises:
        StoreError: there is no run in ``folder``.
        UsageError: the run has no such task, or no baseline and an arm beside it.
        DataError: too little of it is judged.
    """
    with Reader.open(folder) as store:
        config = store.config()
        arms = read_arms(store)
    tasks = list(dict.fromkeys(name for name, _ in arms))
    task = task or (tasks[0] if tasks else "")
    if task not in tasks:
        raise UsageError(
            f"the run '{folder}' has no task '{task}'; it has: {', '.join(tasks) or 'none'}"
        )
    own = {arm: rows for (found, arm), rows in arms.items() if found == task and rows.decided}
    baseline = next((arm for arm, rows in own.items() if not rows.edited), None)
    if baseline is None or len(own) < 2:
        raise UsageError(
            f"the run '{folder}' has no two arms of '{task}' that can be paired, a baseline and "
            "another; leave --from out, or evaluate none and another editor"
        )
    greedy = _temperature(config, task) == 0
    found = []
    for arm, rows in own.items():
        if arm == baseline:
            continue
        before, after = _verdicts(own[baseline].efficacy), _verdicts(rows.efficacy)
        n = min(map(len, [*before.values(), *after.values()]), default=0)
        share = None if n > 1 else 0.0 if greedy else sampled
        what = observed(before, after, _clusters(rows), sampled=share or 0.0)
        problems = len(before.keys() & after.keys())
        found.append(Observed(task, baseline, arm, problems, n, share, what))
    return found


def _temperature(config: Mapping[str, Any], task: str) -> float | None:
    """The one in force of ``task``; of a run from before it was kept, the one that was given."""
    sampling = config.get("provenance", {}).get("sampling", {}).get(task)
    found = sampling if sampling is not None else config.get("config", {})
    temperature: float | None = found.get("temperature")
    return temperature


def _verdicts(samples: Sequence[Scored]) -> dict[str, list[bool]]:
    """Problem → its verdicts, where all of them are known."""
    by_unit: dict[str, list[bool | None]] = defaultdict(list)
    for sample in samples:
        by_unit[sample.unit].append(sample.passed)
    return {
        unit: [bool(passed) for passed in verdicts]
        for unit, verdicts in by_unit.items()
        if None not in verdicts
    }


def _clusters(rows: ArmRows) -> dict[str, str]:
    return {sample.unit: sample.cluster for sample in rows.efficacy}
