"""The samples of each arm as scoring sees them, read from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codeupdate.evaluation.plan import arm_path
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.records import Judgement, PlannedStage
from codeupdate.scoring.measures import Measure
from codeupdate.scoring.metrics import Scored, Truth
from codeupdate.types import Arm, Outcome

__all__ = ["MEASURED", "ArmRows", "TaskFacts", "read_arms"]

UNKNOWN = "unknown"  # planned and not judged yet
MEASURED = "measured"  # nothing decides whether it passed; its measures are known


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What a run keeps of a task: its measures, and the checks that judge nothing; and what
    the run's strategies observe of samples."""

    measures: tuple[Measure, ...] = ()
    measuring: frozenset[str] = frozenset()
    observed: tuple[Measure, ...] = ()


@dataclass(slots=True)
class ArmRows:
    """The judged samples of one task under one arm, by role."""

    stages: list[str]
    edited: bool
    facts: TaskFacts
    efficacy: list[Scored] = field(default_factory=list)
    specificity: list[Scored] = field(default_factory=list)
    #: Updates taught so far → the problems of all but the last of them, asked again then.
    retention: dict[int, list[Scored]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # unit → kind of change
    groups: dict[str, Mapping[str, str]] = field(default_factory=dict)  # unit → its groups
    updated: set[str] = field(default_factory=set)  # units checked with and without an update
    needing: set[str] = field(default_factory=set)  # units that need an update
    documented: bool = False  # prompts show documents
    decided: bool = False  # a check says whether an answer passed
    outcomes: Counter[str] = field(default_factory=Counter)
    unknown: int = 0  # samples, whatever their role, of which something is missing
    judgements: list[Judgement] = field(default_factory=list)


def read_arms(store: Reader) -> dict[tuple[str, Arm], ArmRows]:
    """(task, arm) → its rows, in the order in which they are run."""
    config = store.config()
    observed = tuple(Measure(**declared) for declared in config.get("observed", ()))
    facts = {name: _facts(kept, observed) for name, kept in config.get("tasks", {}).items()}
    arms: dict[tuple[str, Arm], list[PlannedStage]] = {}
    for stage in store.planned():
        arms.setdefault((stage.task, stage.arm), []).append(stage)
    return {(task, arm): _rows(store, stages, task, facts) for (task, arm), stages in arms.items()}


def _outcome_of(judgement: Judgement, facts: TaskFacts) -> str | None:
    """How a sample ended; None while a check or a measure of it is missing. ``facts`` are
    those of the task that it answers."""
    outcomes = judgement.outcomes
    if Outcome.INFRASTRUCTURE in outcomes.values():
        return Outcome.INFRASTRUCTURE.value
    if judgement.measures is None and (facts.measures or not judgement.decisive):
        return None
    if not judgement.decisive:
        return MEASURED
    updated = outcomes.get(judgement.decisive)
    if updated is None or (updated is Outcome.PASSED and judgement.outdated and len(outcomes) < 2):
        return None
    return updated.value


def _facts(kept: Mapping[str, Any], observed: tuple[Measure, ...]) -> TaskFacts:
    measures = tuple(Measure(**declared) for declared in kept["measures"])
    return TaskFacts(measures, frozenset(kept["measuring"]), observed)


def _rows(
    store: Reader, stages: Sequence[PlannedStage], task: str, facts_of: Mapping[str, TaskFacts]
) -> ArmRows:
    edited = any(stage.edits for stage in stages)
    facts = facts_of.get(task, TaskFacts())
    rows = ArmRows([stage.stage for stage in stages], edited, facts)
    for taught, stage in enumerate(stages, start=1):
        edit = stage.stage.removeprefix(f"{arm_path(stage.task, stage.arm)}/") if edited else ""
        for judgement in store.judgements(stage.stage, stage.samples):
            rows.judgements.append(judgement)
            # Unrelated problems may be of a task that measures something else, or nothing.
            outcome = _outcome_of(judgement, facts_of.get(judgement.item.task, TaskFacts()))
            rows.unknown += outcome is None
            scored = _scored(judgement, facts, edit)
            role = judgement.item.role
            if role == "specificity":
                rows.specificity.append(scored)
            elif role == "retention":
                rows.retention.setdefault(taught, []).append(scored)
            else:
                rows.efficacy.append(scored)
                rows.kinds[scored.unit] = judgement.kind
                rows.groups[scored.unit] = judgement.groups
                rows.outcomes[outcome or UNKNOWN] += 1
                rows.decided |= bool(judgement.decisive)
                rows.documented |= bool(judgement.documents)
                if judgement.outdated:
                    rows.updated.add(scored.unit)
                if judgement.update:
                    rows.needing.add(scored.unit)
    return rows


def _scored(judgement: Judgement, facts: TaskFacts, edit: str) -> Scored:
    """``edit`` names what the model was taught before it was asked, the same under every arm."""
    item = judgement.item
    asked_after = edit if item.role == "specificity" else ""
    updated = _truth(judgement.outcomes.get(judgement.decisive))
    solved: Truth = updated
    if updated and "outdated" in judgement.outcomes:
        outdated = _truth(judgement.outcomes["outdated"])
        solved = None if outdated is None else not outdated
    elif updated and judgement.outdated:
        solved = None  # the check without the update has not run yet
    known = updated is not None
    odd = any(
        found for check, found in judgement.suspicions.items() if check not in facts.measuring
    )
    return Scored(
        # After every edit an unrelated problem is another question: what an edit broke it
        # broke for all of them, and a problem that is hard is hard after every edit.
        unit=f"{asked_after}\0{item.problem}" if asked_after else item.problem,
        cluster=judgement.cluster,
        edit=asked_after,
        passed=updated,
        solved_by_update=solved,
        adopted=any(judgement.calls.values()) if known else None,
        documented=judgement.update in shown
        if (shown := judgement.documents) is not None
        else None,
        extracted=judgement.extraction != "none" if judgement.extraction else None,
        truncated=judgement.finish_reason == "length" if judgement.finish_reason else None,
        overflowed=judgement.finish_reason == "context" if judgement.finish_reason else None,
        others={
            check: _truth(outcome)
            for check, outcome in judgement.outcomes.items()
            if check not in {judgement.decisive, "outdated", *facts.measuring}
        },
        measures=judgement.measures,
        observed=judgement.observed,
        suspicious=updated and odd if known else None,
    )


def _truth(outcome: Outcome | None) -> Truth:
    if outcome is None or outcome is Outcome.INFRASTRUCTURE:
        return None
    return outcome is Outcome.PASSED
