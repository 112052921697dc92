"""What an evaluation will do, worked out before anything is loaded.

A *stage* is a stretch in which one edited model answers questions. What the stages of an
arm are depends on the protocol:

- ``single``: one update, its problems and a sample of the specificity problems, restore;
- ``batch``: all updates at once, then everything;
- ``sequential``: one update after another, never restored in between; a stage also asks
  the problems of earlier updates again (role ``retention``) at up to ten points along the
  way and at the end, so that the work grows linearly with the number of updates.

An arm that changes nothing needs one stage for everything. A problem that needs no update is
asked under every arm, or the arms could not be compared: after no edit under ``single``, else
after all of them.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from codeupdate.errors import UsageError
from codeupdate.types import Arm, Problem, Update

__all__ = ["PROTOCOLS", "Protocol", "Question", "Stage", "Subject", "arm_path", "plan_stages"]

Protocol = Literal["single", "batch", "sequential"]
PROTOCOLS: tuple[Protocol, ...] = ("single", "batch", "sequential")
CHECKPOINTS = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One problem asked in one role; every sample of it is a work item.

    ``cluster`` names what it stands or falls with: its update, what it shares with others,
    or itself.
    """

    role: str  # efficacy, specificity or retention
    problem: Problem

    @property
    def cluster(self) -> str:
        return self.problem.update or self.problem.cluster or self.problem.id


@dataclass(frozen=True, slots=True)
class Stage:
    """Teach ``updates`` on top of what is in force (``nested``) or of the bare model."""

    id: str
    updates: tuple[Update, ...]
    questions: tuple[Question, ...]
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated: problems, the updates they need, and what must not break.

    ``per_update`` bounds how many specificity problems are asked after one edit.
    """

    problems: Sequence[Problem]
    updates: Mapping[str, Update]
    specificity: Sequence[Problem] = ()
    per_update: int | None = None


def arm_path(task: str, arm: Arm) -> str:
    """What the stages of ``arm`` begin with. What follows is the same for every arm: the edit."""
    path = f"{task}/{arm.editor}"
    return path if arm.strategy == "direct" else f"{path}/{arm.strategy}"


def plan_stages(
    arm: str,
    subject: Subject,
    *,
    protocol: Protocol,
    edits: bool,
    seed: int = 0,
    lesson: Callable[[Problem], Update] | None = None,
) -> list[Stage]:
    """The stages of one arm, in order; ``edits`` says whether the arm changes anything.

    ``lesson`` gives the update to teach before a problem is asked: the one that it needs,
    unless the arm is a control that teaches another or brings examples of its own for each
    problem. Problems with equal lessons share one edit.

    Raises:
        UsageError: the arm edits, and no problem needs an update; or the lessons of one
            update differ under a protocol that teaches it once.
    """
    if not edits:
        needed = dict.fromkeys(p.update for p in subject.problems if p.update)
        questions = [Question("efficacy", problem) for problem in subject.problems]
        for update in needed:
            questions += _specificity(subject, update, seed)
        return [Stage(f"{arm}/all", (), tuple(_once(questions)))]

    lessons = _lessons(arm, subject, lesson)
    unchanged = [problem for problem in subject.problems if problem.update is None]
    if protocol == "single":
        stages = []
        if unchanged:
            stages.append(Stage(f"{arm}/without-update", (), _efficacy(unchanged)))
        per_update = Counter(problems[0].update for problems in lessons.values())
        for taught, problems in lessons.items():
            own = problems[0].update or ""
            name = own if per_update[own] == 1 else problems[0].id
            asked = _efficacy(problems) + tuple(_specificity(subject, own, seed))
            stages.append(Stage(f"{arm}/{name}", (taught,), asked))
        return stages

    by_update: dict[str, list[Problem]] = {}
    taught_for: dict[str, Update] = {}
    for taught, problems in lessons.items():
        for problem in problems:
            own = problem.update or ""
            by_update.setdefault(own, []).append(problem)
            if taught_for.setdefault(own, taught) != taught:
                raise UsageError(
                    f"the arm '{arm}' has a lesson of its own for every problem, which the "
                    f"protocol {protocol} cannot teach; use --protocol single"
                )
    if protocol == "batch":
        questions = list(_efficacy(subject.problems))
        for update in by_update:
            questions += _specificity(subject, update, seed)
        updates = tuple(dict.fromkeys(taught_for.values()))
        return [Stage(f"{arm}/all", updates, tuple(_once(questions)))]
    looks = _checkpoints(len(by_update))
    needed_order = list(by_update)
    stages = []
    for step, update in enumerate(needed_order):
        questions = [*_efficacy(by_update[update]), *_specificity(subject, update, seed)]
        if step in looks:
            questions += [
                Question("retention", problem)
                for earlier in needed_order[:step]
                for problem in by_update[earlier]
            ]
        if step == len(needed_order) - 1:
            questions += _efficacy(unchanged)
        name = f"{arm}/{step:04d}/{update}"
        stages.append(Stage(name, (taught_for[update],), tuple(questions), nested=step > 0))
    return stages


def _lessons(
    arm: str, subject: Subject, lesson: Callable[[Problem], Update] | None
) -> dict[Update, list[Problem]]:
    """Lesson → the problems that are asked after it, in order; those without an update have
    none."""
    lessons: dict[Update, list[Problem]] = {}
    for problem in subject.problems:
        if problem.update is not None:
            taught = lesson(problem) if lesson else subject.updates[problem.update]
            lessons.setdefault(taught, []).append(problem)
    if not lessons:
        raise UsageError(
            f"the arm '{arm}' teaches updates, and the problem '{subject.problems[0].id}' and all "
            "others need none; use --editor none for tasks without updates"
        )
    return lessons


def _efficacy(problems: Sequence[Problem]) -> tuple[Question, ...]:
    return tuple(Question("efficacy", problem) for problem in problems)


def _specificity(subject: Subject, update: str, seed: int) -> list[Question]:
    """The specificity problems asked after ``update``: the same for every arm."""
    questions = [Question("specificity", problem) for problem in subject.specificity]
    if subject.per_update is None or subject.per_update >= len(questions):
        return questions
    # Seeded by the update's name, not by its place: --limit does not change the draw.
    digest = hashlib.sha256(f"{seed}/{update}".encode()).digest()
    drawn = random.Random(digest).sample(range(len(questions)), subject.per_update)
    return [questions[i] for i in sorted(drawn)]


def _once(questions: Sequence[Question]) -> Iterator[Question]:
    seen: set[tuple[str, str, str]] = set()
    for question in questions:
        key = (question.role, question.problem.task, question.problem.id)
        if key not in seen:
            seen.add(key)
            yield question


def _checkpoints(steps: int) -> set[int]:
    """At most ten steps at which earlier updates are tested again; the last is one."""
    if steps <= CHECKPOINTS:
        return set(range(steps))
    return {round(steps * (i + 1) / CHECKPOINTS) - 1 for i in range(CHECKPOINTS)}
