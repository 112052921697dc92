"""Executes what was answered and keeps all of it, beside the generation of more.

One thread uses it, the one that writes the store. In memory are the programs in flight, whose
number is bounded, and what has not been committed yet: a commit for every verdict would cost
more than the verdict, so they are made together, a few times a second. Samples that wait for
the sandbox are in the store; here is only a list of their keys, so that a model need not wait
for programs.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from codeupdate.evaluation.plan import Stage
from codeupdate.evaluation.records import Item, SampleRow, TurnRow
from codeupdate.evaluation.store import Store
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.tasks.measuring import measure
from codeupdate.tasks.protocol import Task
from codeupdate.types import Check, Outcome, Verdict

__all__ = ["IN_FLIGHT", "SECONDS", "Execution", "Listener"]

IN_FLIGHT = 256  # programs handed to the sandbox and not yet answered
ROWS, SECONDS = 256, 0.2  # a commit is made for so many rows, or after so long


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

    def sampled(self, count: int) -> None:
        """So many samples are in the store."""
        ...

    def judged(self, outcome: Outcome | None) -> None:
        """The last check of a sample has ended, and its verdict is in the store; None: nothing
        is run for it."""
        ...


@dataclass(slots=True)
class _Judging:
    """A sample that has a check in flight."""

    code: str
    checks: Sequence[Check]
    verdicts: dict[str, Verdict]
    running: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Unkept:
    """What has not been committed yet, and what the listener is told when it is."""

    samples: list[SampleRow] = field(default_factory=list)
    turns: list[TurnRow] = field(default_factory=list)
    verdicts: list[tuple[Item, str, Verdict]] = field(default_factory=list)
    measures: list[tuple[Item, Mapping[str, float]]] = field(default_factory=list)
    judged: list[Outcome | None] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.samples) + len(self.turns) + len(self.verdicts) + len(self.measures)


class Execution:
    """What all arms of a run share: where programs run, and where everything is kept.

    ``in_flight`` bounds the programs that wait in the sandbox or run.
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
        self._judging: dict[Item, _Judging] = {}
        self._waiting: deque[Item] = deque()  # for room in the sandbox
        self._unkept = _Unkept()
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

    @property
    def busy(self) -> bool:
        """Whether verdicts are awaited."""
        return bool(self._in_flight or self._waiting)

    @property
    def unkept(self) -> bool:
        """Whether there is something to commit."""
        return bool(self._unkept or self._unkept.judged)

    def finish_checks(self, stage: Stage) -> None:
        """Execute what an interrupted run had generated and not yet judged."""
        items = sorted(self.store.sampled(stage.id))
        finished = 0
        for item in items:
            if self._in_flight < self._most:
                finished += not self._begin(item)
            else:
                self._waiting.append(item)
        self.listener.held(len(items), finished)

    def keep(self, samples: Sequence[SampleRow], turns: Sequence[TurnRow]) -> None:
        """Keep completions that were computed together, all of them or none, and execute them."""
        self._unkept.samples += samples
        self._unkept.turns += turns
        for row in samples:
            if self._in_flight < self._most and not self._waiting:
                if not self._check(row.item, row.code, {}):
                    self._unkept.judged.append(None)
            else:
                self._waiting.append(row.item)
        self.keep_ready()

    def keep_ready(self) -> None:
        """Keep the verdicts that have come back, and execute more."""
        while not self._answers.empty():
            self._take_one()
        if self._waiting and self._in_flight < self._most:
            self.commit()  # what waits is executed as it is in the store
        while self._waiting and self._in_flight < self._most:
            if not self._begin(self._waiting.popleft()):
                self._unkept.judged.append(None)
        late = time.monotonic() - self._unkept.since > SECONDS
        if len(self._unkept) >= ROWS or (late and self.unkept):
            self.commit()

    def finish(self) -> None:
        """Wait for every verdict."""
        while self.busy:
            if self._answers.empty():
                self.commit()
            self._take_one()
            self.keep_ready()
        self.commit()

    def commit(self) -> None:
        """Have everything in the store, and say so."""
        unkept, self._unkept = self._unkept, _Unkept()
        if unkept:
            with self.store.together():
                self.store.add_samples(unkept.samples, unkept.turns)
                for item, check, verdict in unkept.verdicts:
                    self.store.add_verdict(item, check, verdict)
                for item, values in unkept.measures:
                    self.store.add_measures(item, values)
        if unkept.samples:
            self.listener.sampled(len(unkept.samples))
        for outcome in unkept.judged:
            self.listener.judged(outcome)

    def _begin(self, item: Item) -> bool:
        """The same as ``_check``, of what is in the store."""
        return self._check(item, self.store.code(item), self.store.verdicts(item), kept=True)

    def _check(
        self, item: Item, code: str, verdicts: dict[str, Verdict], *, kept: bool = False
    ) -> bool:
        """Submit the checks of ``code`` that have not run and can run now; whether any runs.

        ``kept``: its measures may be in the store already.
        """
        problem, task = self._problems[item.task, item.problem], self.tasks[item.task]
        judging = _Judging(code, task.checks(problem, code), verdicts)
        self._judging[item] = judging
        return self._go_on(item, judging, measured=kept and self.store.measured(item))

    def _go_on(self, item: Item, judging: _Judging, *, measured: bool = False) -> bool:
        """Submit what can run now; whether any runs. Where none does, all is known of the
        sample, and it is measured."""
        verdicts = judging.verdicts
        for check in judging.checks:
            ready = check.needs is None or (
                check.needs in verdicts and verdicts[check.needs].passed
            )
            if ready and check.name not in judging.running and check.name not in verdicts:
                self._submit(item, check)
        if judging.running:
            return True
        del self._judging[item]
        problem, task = self._problems[item.task, item.problem], self.tasks[item.task]
        ours = any(found.outcome is Outcome.INFRASTRUCTURE for found in verdicts.values())
        if task.measured and not ours and not measured:
            values = measure(task, problem, judging.code, verdicts)
            self._unkept.measures.append((item, values))
        return False

    def _submit(self, item: Item, check: Check) -> None:
        self._in_flight += 1
        self._judging[item].running.add(check.name)
        future = self.sandbox.submit(check.program)

        def came_back(done: Future[Verdict]) -> None:
            self._answers.put((item, check, done))
            self.on_answer()

        future.add_done_callback(came_back)

    def _take_one(self) -> None:
        item, check, future = self._answers.get()
        self._in_flight -= 1
        verdict, judging = future.result(), self._judging[item]
        self._unkept.verdicts.append((item, check.name, verdict))
        judging.verdicts[check.name] = verdict
        judging.running.discard(check.name)
        if not self._go_on(item, judging):
            self._unkept.judged.append(verdict.outcome)
