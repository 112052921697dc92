"""Which problems turned: solved by one of two arms and not by the other."""

from __future__ import annotations

from dataclasses import dataclass

from codeupdate.evaluation.comparing import known_passes, partners, problem_of
from codeupdate.evaluation.records import Item
from codeupdate.evaluation.rows import ArmRows
from codeupdate.types import Arm

__all__ = ["Flip", "find_flips"]


@dataclass(frozen=True, slots=True)
class Flip:
    """A problem that one arm solves at the first attempt and its baseline does not, or the
    reverse; ``before`` and ``after`` are the samples of the two."""

    task: str
    role: str
    problem: str
    baseline: Arm
    arm: Arm
    gained: bool
    before: Item
    after: Item


def find_flips(task: str, baseline: tuple[Arm, ArmRows], other: tuple[Arm, ArmRows]) -> list[Flip]:
    """The flips that McNemar's test counts, of the problems that need the update first.

    The first sample of a problem counts, of an unrelated problem that was asked after several
    edits that after the first of both; problems that are not known in both are left out.
    """
    found = []
    for role in ("efficacy", "specificity"):
        (old, before), (new, after) = (_first(arm[1], role) for arm in (baseline, other))
        seen: set[str] = set()
        for unit, (first, second) in partners(old, new).items():
            if problem_of(unit) in seen:
                continue
            seen.add(problem_of(unit))
            if old[first] != new[second]:
                found.append(
                    Flip(
                        task=task,
                        role=role,
                        problem=problem_of(unit),
                        baseline=baseline[0],
                        arm=other[0],
                        gained=new[second],
                        before=before[first],
                        after=after[second],
                    )
                )
    return found


def _first(rows: ArmRows, role: str) -> tuple[dict[str, bool], dict[str, Item]]:
    """Unit → whether its first sample passed, and which that is, where all are known."""
    samples = rows.specificity if role == "specificity" else rows.efficacy
    items = [judgement.item for judgement in rows.judgements if judgement.item.role == role]
    first: dict[str, Item] = {}
    for sample, item in zip(samples, items, strict=True):  # both in the order of the keys
        first.setdefault(sample.unit, item)
    known = known_passes(samples, lambda sample: sample.passed) if rows.decided else {}
    return {unit: bool(one.first) for unit, one in known.items()}, first
