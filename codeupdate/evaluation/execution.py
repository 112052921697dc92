"""Executes what was answered and keeps the verdicts, beside the generation of more.

One thread uses it, the one that writes the store. Nothing is held in memory beyond the
programs in flight, whose number is bounded.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Protocol

from codeupdate.errors import DataError
from codeupdate.evaluation.plan import Stage
from codeupdate.evaluation.records import Item
from codeupdate.evaluation.store import Store
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.tasks.protocol import Task
from codeupdate.types import Check, Outcome, Problem, Verdict

__all__ = ["IN_FLIGHT", "Execution", "Listener"]

IN_FLIGHT = 256  # programs handed to the sandbox and not yet answered


class Listener(Protocol):
    """Hears what happens, for a progress display."""

    def note(self, text: str) -> None:
        """Something takes a while and is neither writing nor running."""
        ...

    def ask(self, question: str) -> bool | None:
        """A question to the person in front, with yes or no for an answer; None where there is
        nobody, or nobody knows."""
        ...

    def arm(self, task: str, editor: str) -> None: ...

    def stage(self, stage: Stage) -> None: ...

    def held(self, sampled: int, judged: int) -> None:
        """The store has so many samples of the stage already, so many of them judged."""
        ...

    def sampled(self, count: int) -> None: ...

    def judged(self, outcome: Outcome | None) -> None:
        """The last check of a sample has ended; None: nothing is run for it."""
        ...


class Execution:
    """What all arms of a run share: where programs run, and where everything is kept.

    ``in_flight`` bounds the programs that wait for the sandbox or are in it.
    """

    def __init__(
        self,
        *,
        tasks: Mapping[str, Task],
        sandbox: Sandbox,
        store: Store,
        listener: Listener,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self.tasks = tasks
        self.sandbox = sandbox
        self.store = store
        self.listener = listener
        self._most = in_flight
        self._answers: queue.SimpleQueue[tuple[Item, Check, Future[Verdict]]] = queue.SimpleQueue()
        self._in_flight = 0
        self._running: dict[Item, set[str]] = {}  # checks in flight
        self._problems = {
            (name, problem.id): problem
            for name, task in tasks.items()
            for problem in task.problems()
        }
        self._person = threading.Lock()
        #: Called, in any thread, when a verdict has come back that can be kept.
        self.on_answer: Callable[[], None] = lambda: None

    def ask(self, question: str) -> bool | None:
        """A question to the person in front, one at a time whoever asks."""
        with self._person:
            return self.listener.ask(question)

    def finish_checks(self, stage: Stage) -> None:
        """Execute what an interrupted run had generated and not yet judged."""
        items = sorted(self.store.sampled(stage.id))
        finished = 0
        for item in items:
            finished += not self._check(item, self.store.code(item))
            while self._in_flight > self._most:
                self._keep_one()
        self.listener.held(len(items), finished)

    def check(self, item: Item, code: str) -> None:
        """Execute ``code``, which has just been kept."""
        if not self._check(item, code):
            self.listener.judged(None)

    def keep_ready(self) -> None:
        """Keep the verdicts that have come back, and wait for some while too many are awaited."""
        while not self._answers.empty() or self._in_flight > self._most:
            self._keep_one()

    def finish(self) -> None:
        """Wait for every verdict."""
        while self._in_flight:
            self._keep_one()

    def _check(self, item: Item, code: str) -> bool:
        """Submit the checks of ``code`` that can run now and have not run; whether any runs.

        Where none does, all is known of it, and it is measured.
        """
        problem, task = self._problems[item.task, item.problem], self.tasks[item.task]
        verdicts = self.store.verdicts(item)
        running = self._running.setdefault(item, set())
        for check in task.checks(problem, code):
            ready = check.needs is None or (
                check.needs in verdicts and verdicts[check.needs].passed
            )
            if ready and check.name not in running and check.name not in verdicts:
                self._submit(item, check)
        if running:
            return True
        del self._running[item]
        ours = any(found.outcome is Outcome.INFRASTRUCTURE for found in verdicts.values())
        if task.measured and not ours and not self.store.measured(item):
            self.store.add_measures(item, _measured(task, problem, code, verdicts))
        return False

    def _submit(self, item: Item, check: Check) -> None:
        self._in_flight += 1
        self._running[item].add(check.name)
        future = self.sandbox.submit(check.program)

        def came_back(done: Future[Verdict]) -> None:
            self._answers.put((item, check, done))
            self.on_answer()

        future.add_done_callback(came_back)

    def _keep_one(self) -> None:
        item, check, future = self._answers.get()
        self._in_flight -= 1
        verdict = future.result()
        self.store.add_verdict(item, check.name, verdict)
        self._running[item].discard(check.name)
        if not self._check(item, self.store.code(item)):
            self.listener.judged(verdict.outcome)


def _measured(
    task: Task, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
) -> Mapping[str, float]:
    values = task.measures(problem, code, verdicts)
    for name, value in values.items():
        if name.partition("/")[0] not in task.measured or not math.isfinite(value):
            raise DataError(
                f"the task '{task.name}' measures '{name}' = {value} of problem '{problem.id}'; "
                "a measure is a number, and task.yaml names it under 'measures'"
            )
    return values
