"""Whether a task is what it says: every prompt renders, every reference does its work.

A reference goes the way of a completion, from the prompt through extraction into the
sandbox. It has to pass with its update and to fail without it; and of the tests that fail
without, there should be more than one, or a lucky guess is taken for knowledge.
"""

from __future__ import annotations

import math
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from codeupdate.errors import DataError
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.tasks.folder import FolderTask
from codeupdate.tasks.measuring import measure
from codeupdate.types import Check, Outcome, Problem, Sample, Verdict

__all__ = ["Fault", "Validated", "Validation", "validate"]

IN_FLIGHT = 256  # programs handed to the sandbox and not yet answered
WITHOUT_UPDATE = "outdated"  # the check that a reference must not pass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one problem.

    ``what``: ``prompt`` (a template does not do its work), ``reference`` (the solution does
    not pass), ``update`` (it passes without the update as well), ``measure`` (no check decides,
    and a measure of the solution is not the best there is) or ``infrastructure`` (the sandbox
    failed, so nothing is known).
    """

    problem: str
    what: str
    message: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Validated:
    """One problem. ``discriminating``: how many of its ``tests`` fail ``against`` which it was
    run once more, "without the update" or "in the other version"; None where it was not."""

    problem: str
    tests: int
    discriminating: int | None
    against: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found, in the order of the problems."""

    task: str
    problems: tuple[Validated, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for problem in self.problems for fault in problem.faults)

    @property
    def passed(self) -> int:
        """How many references pass, with the update where they need one."""
        return sum(not any(f.what != "update" for f in problem.faults) for problem in self.problems)

    @property
    def compared(self) -> tuple[Validated, ...]:
        """The problems that ran without their update, or in the other version, as well."""
        return tuple(p for p in self.problems if p.discriminating is not None)

    @property
    def weak(self) -> tuple[str, ...]:
        """Of those, the problems of which at most one test fails there."""
        return tuple(p.problem for p in self.compared if (p.discriminating or 0) <= 1)


def validate(
    task: FolderTask,
    problems: Sequence[Problem],
    sandbox: Sandbox,
    on_validated: Callable[[Validated], None],
) -> Validation:
    """Run the references of ``problems`` in ``sandbox``, which has been entered.

    ``on_validated`` hears of every problem when it is finished, in no particular order.
    """
    found: dict[str, Validated] = {}
    answers: queue.SimpleQueue[tuple[_Reference, Check, Future[Verdict]]] = queue.SimpleQueue()

    def answered(reference: _Reference, check: Check, done: Future[Verdict]) -> None:
        answers.put((reference, check, done))

    def submit(reference: _Reference) -> int:
        """Hand over what can run now; a reference with nothing left to run is finished."""
        checks = list(reference.ready())
        for check in checks:
            reference.running.add(check.name)
            sandbox.submit(check.program).add_done_callback(partial(answered, reference, check))
        if not reference.running:
            found[reference.problem.id] = reference.result(task)
            on_validated(found[reference.problem.id])
        return len(checks)

    def judge_one() -> int:
        reference, check, done = answers.get()
        reference.running.discard(check.name)
        reference.verdicts[check.name] = done.result()
        return submit(reference) - 1

    in_flight = 0
    for problem in problems:
        in_flight += submit(_prepare(task, problem))
        while in_flight >= IN_FLIGHT:
            in_flight += judge_one()
    while in_flight:
        in_flight += judge_one()
    return Validation(task.name, tuple(found[problem.id] for problem in problems))


@dataclass(slots=True)
class _Reference:
    """One reference on its way: its checks, those that run, those that have run."""

    problem: Problem
    code: str = ""
    checks: Sequence[Check] = ()
    faults: list[Fault] = field(default_factory=list)  # of its prompts
    running: set[str] = field(default_factory=set)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def ready(self) -> Iterator[Check]:
        for check in self.checks:
            needed = self.verdicts.get(check.needs) if check.needs else None
            begun = check.name in self.running or check.name in self.verdicts
            if not begun and (check.needs is None or (needed is not None and needed.passed)):
                yield check

    def result(self, task: FolderTask) -> Validated:
        judged = [
            fault
            for check in self.checks
            if check.name in self.verdicts
            and (fault := _fault(self.problem, check, self.verdicts[check.name]))
        ]
        last = [check for check in self.checks if check.name == WITHOUT_UPDATE]
        return Validated(
            problem=self.problem.id,
            tests=len(self.problem.tests),
            discriminating=self._discriminating(),
            against=_against(self.problem, last[0]) if last else "",
            faults=(*self.faults, *(judged or self._measured(task))),
        )

    def _measured(self, task: FolderTask) -> Iterator[Fault]:
        """What is wrong with the measures of a task that has nothing else to say."""
        if task.spec.decisive is not None or any(f.what == "prompt" for f in self.faults):
            return
        for name, value in measure(task, self.problem, self.code, self.verdicts).items():
            best = 0.0 if task.spec.measures[name.partition("/")[0]].better == "lower" else 1.0
            if not math.isclose(value, best, abs_tol=1e-9):
                message = f"of the reference, {name} is {value:g} and not {best:g}"
                yield Fault(self.problem.id, "measure", message)

    def _discriminating(self) -> int | None:
        without = self.verdicts.get(WITHOUT_UPDATE)
        if without is None or without.outcome is Outcome.INFRASTRUCTURE:
            return None
        passed = sum(test.outcome is Outcome.PASSED for test in without.tests)
        return len(self.problem.tests) - passed


def _prepare(task: FolderTask, problem: Problem) -> _Reference:
    reference = _Reference(problem)
    update = task.updates()[problem.update] if problem.update else None
    documents = (update,) if update else ()
    try:
        for name in task.templates.names():
            plain, shown = task.prompt(problem, name), task.prompt(problem, name, documents)
            if update and plain == shown:
                message = f"the prompt '{name}' does not show the documents that it is given"
                reference.faults.append(Fault(problem.id, "prompt", message))
        prompt = task.prompt(problem, "prompt")
    except DataError as error:
        reference.faults.append(Fault(problem.id, "prompt", str(error)))
        return reference
    answer = Sample(0, 0, problem.reference, 0, 0, "stop")
    reference.code = task.extract(problem, prompt, answer).code
    reference.checks = task.checks(problem, reference.code)
    return reference


def _against(problem: Problem, outdated: Check) -> str:
    """What a reference must not pass."""
    own = outdated.program.environment == problem.environment
    return "without the update" if own else "in the other version"


def _fault(problem: Problem, check: Check, verdict: Verdict) -> Fault | None:
    if verdict.outcome is Outcome.INFRASTRUCTURE:
        return Fault(problem.id, "infrastructure", verdict.detail, verdict.outcome)
    if check.name == WITHOUT_UPDATE:
        if not verdict.passed:
            return None
        message = f"it passes {_against(problem, check)} as well"
        return Fault(problem.id, "update", message, verdict.outcome)
    if verdict.passed:
        return None
    failed = next((test for test in verdict.tests if test.outcome is not Outcome.PASSED), None)
    message = verdict.detail or (failed.message if failed else "")
    return Fault(problem.id, "reference", message, verdict.outcome)
