"""What a run keeps of its plan and of every sample, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codeupdate.types import Arm, Outcome

__all__ = [
    "Item",
    "Judgement",
    "PlannedQuestion",
    "PlannedStage",
    "SampleRow",
    "TurnRow",
]


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """The key of one work item. ``stage`` names the arm and the edit in force."""

    stage: str
    role: str  # efficacy, specificity or retention
    task: str
    problem: str
    sample: int


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage as it is kept: where it belongs, whether its model is edited, and how often
    each question is asked."""

    stage: str
    task: str
    arm: Arm
    edits: bool
    samples: int
    questions: tuple[PlannedQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """One question as it is kept. ``cluster`` is what it stands or falls with, ``kind``
    the kind of change it is about, if any, ``groups`` others that it belongs to by name
    (library: numpy); ``outdated`` says whether a solution is also
    checked without the update, ``decisive`` which check says whether it passed ("": none);
    ``update`` is the id of the update that it needs, if any."""

    role: str
    task: str
    problem: str
    cluster: str
    kind: str = ""
    outdated: bool = False
    decisive: str = "updated"
    groups: Mapping[str, str] = field(default_factory=dict)
    update: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of one planned sample; without verdicts where it is not judged yet."""

    item: Item
    cluster: str
    kind: str
    groups: Mapping[str, str]
    outdated: bool
    decisive: str
    update: str
    documents: tuple[str, ...] | None  # that the prompt showed; None while there is no prompt
    extraction: str | None
    finish_reason: str | None
    tokens: tuple[int, int]  # prompt, completion
    outcomes: Mapping[str, Outcome]  # check → outcome
    calls: Mapping[str, int]  # of the watched APIs in the decisive check
    suspicions: Mapping[str, tuple[str, ...]]  # check → what it did that is odd
    measures: Mapping[str, float] | None  # None where they are not computed yet
    observed: Mapping[str, float] | None  # while it was made; None while it is not
    seconds: float  # in the sandbox


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One completion as it is kept."""

    item: Item
    prompt: str
    text: str
    code: str
    extraction: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    documents: tuple[str, ...] = ()  # ids of the updates that the prompt showed, in order
    observed: Mapping[str, float] = field(default_factory=dict)  # while it was made


@dataclass(frozen=True, slots=True)
class TurnRow:
    """What was asked and answered on the way to the samples of ``item``'s question."""

    item: Item
    turn: int
    prompt: str
    texts: tuple[str, ...]
