"""A few samples of each arm to look at, passed and failed in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codeupdate.evaluation.store import Store
from codeupdate.report.frames import sample_rows
from codeupdate.report.labels import arm_labels
from codeupdate.types import Arm

__all__ = ["ArmExamples", "examples"]


@dataclass(slots=True)
class ArmExamples:
    """Chosen rows of one task under one arm, of as many judged samples as ``judged``."""

    task: str
    arm: Arm
    label: str
    judged: int = 0
    passed: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def shown(self, count: int) -> list[dict[str, Any]]:
        """At most ``count`` rows, others and passed in turn."""
        return list(_in_turn(self.others, self.passed))[:count]


def examples(folder: Path, count: int) -> list[ArmExamples]:
    """Samples of the run in ``folder``, at most ``count`` of each kind, one of a problem.

    Only those that ask for what the update teaches; no more of them than are shown are
    held in memory.

    Raises:
        StoreError: there is no run in it.
    """
    with Store.open(folder) as store:  # in the order in which the arms are run
        planned = dict.fromkeys((stage.task, stage.arm) for stage in store.planned())
    labels = arm_labels(arm for _, arm in planned)
    found = {(task, arm): ArmExamples(task, arm, labels[arm]) for task, arm in planned}
    taken: set[tuple[str, Arm, str]] = set()
    for row in sample_rows(folder):
        if row["role"] != "efficacy" or row["outcome"] is None:
            continue
        arm = Arm(row["model"], row["arm"], row["strategy"], row["template"])
        own = found[row["task"], arm]
        own.judged += 1
        kept = own.passed if row["outcome"] == "passed" else own.others
        key = (row["task"], arm, row["problem"])
        if len(kept) < count and key not in taken:
            taken.add(key)
            kept.append(row)
    return [one for one in found.values() if one.judged]


def _in_turn(*lists: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number in range(max(map(len, lists))):
        for rows in lists:
            if number < len(rows):
                yield rows[number]
