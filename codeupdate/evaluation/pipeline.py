"""Runs stages: edit, ask, extract, execute, keep. Generation and execution overlap.

One thread does everything but the execution: it takes batches from the model, keeps them,
hands their programs to the sandbox and, between batches, keeps the verdicts that have
come back. Nothing is held in memory beyond the programs in flight, whose number is bounded.
"""

from __future__ import annotations

import math
import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from itertools import zip_longest
from typing import Protocol

from codeupdate.editing.protocol import Edited, Editor
from codeupdate.errors import DataError
from codeupdate.evaluation.plan import Question, Stage
from codeupdate.evaluation.records import Item, SampleRow, TurnRow
from codeupdate.evaluation.store import Store
from codeupdate.models.protocol import Model
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.strategies import Around, Asked, Strategy, Turn, converse
from codeupdate.tasks.protocol import Task
from codeupdate.types import (
    Check,
    Example,
    Outcome,
    Problem,
    Prompt,
    Sample,
    Sampling,
    Update,
    Verdict,
)

__all__ = ["Listener", "Pipeline"]

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


class Pipeline:
    """Everything that stays the same during one arm."""

    def __init__(
        self,
        *,
        tasks: Mapping[str, Task],
        prompt: str,
        strategy: Strategy,
        sampling: Sampling,
        sandbox: Sandbox,
        store: Store,
        listener: Listener,
    ) -> None:
        self._tasks = tasks
        self._prompt = prompt
        self._strategy = strategy
        self._sampling = sampling
        self._sandbox = sandbox
        self._store = store
        self._listener = listener
        self._answers: queue.SimpleQueue[tuple[Item, Check, Future[Verdict]]] = queue.SimpleQueue()
        self._in_flight = 0
        self._running: dict[Item, set[str]] = {}  # checks in flight
        self._problems = {
            (name, problem.id): problem
            for name, task in tasks.items()
            for problem in task.problems()
        }

    def run(
        self, model: Model, editor: Editor, stages: Sequence[Stage], replay: Sequence[Example]
    ) -> None:
        """Run ``stages`` with ``editor`` on ``model``; what the store holds is not repeated.

        Raises:
            EditError, ModelError, StoreError: as editor, model and store say.
        """
        with ExitStack() as edits:
            edited: Edited | None = None
            # A stage on which the next one builds is applied even if nothing is asked.
            for stage, following in zip_longest(stages, stages[1:]):
                self._listener.stage(stage)
                self._finish_checks(stage)
                missing = self._missing(stage)
                if not stage.nested:
                    edits.close()
                    edited = None
                if stage.updates and (missing or (following and following.nested)):
                    edited = edits.enter_context(
                        editor.apply(edited or model, stage.updates, replay)
                    )
                    self._store.add_edit(stage.id, edited.fingerprint, edited.cost)
                if missing:
                    self._ask(model, edited, stage, missing)
            while self._in_flight:
                self._keep_one()

    # ----------------------------------------------------------------- generation

    def _missing(self, stage: Stage) -> list[Question]:
        held = self._store.sampled(stage.id)
        return [
            question
            for question in stage.questions
            if any(_item(stage, question, i) not in held for i in range(self._sampling.n))
        ]

    def _ask(
        self, model: Model, edited: Edited | None, stage: Stage, questions: Sequence[Question]
    ) -> None:
        documents = [self._documents(edited, question) for question in questions]
        asked = [
            self._asked(question, shown)
            for question, shown in zip(questions, documents, strict=True)
        ]
        asking: Model = edited or model
        if isinstance(self._strategy, Around):
            asking = self._strategy.around(asking)
        for group in converse(
            self._strategy,
            asking,
            asked,
            self._sampling,
            self._sandbox,
            on_failure=self._left_out,
            person=self._listener.ask,
        ):
            rows: list[SampleRow] = []
            turns: list[TurnRow] = []
            for found in group:
                question, prompt = questions[found.question], asked[found.question].prompt
                shown = tuple(update.id for update in documents[found.question])
                rows += [
                    self._row(stage, question, prompt, shown, sample) for sample in found.samples
                ]
                turns += _turn_rows(_item(stage, question, 0), found.turns)
            self._store.add_samples(rows, turns)
            self._listener.sampled(len(rows))
            for row in rows:
                if not self._check(row.item, row.code):
                    self._listener.judged(None)
            while not self._answers.empty() or self._in_flight > IN_FLIGHT:
                self._keep_one()

    def _left_out(self, why: str) -> None:
        self._listener.note(f"answers were given up and are missing: {why}; --resume tries again")

    def _documents(self, edited: Edited | None, question: Question) -> tuple[Update, ...]:
        # A bare model knows nothing beyond its weights; only an edit brings documents.
        if edited is None:
            return ()
        task = self._tasks[question.problem.task]
        return edited.documents(task.prompt(question.problem, self._prompt).text)

    def _asked(self, question: Question, documents: tuple[Update, ...]) -> Asked:
        task = self._tasks[question.problem.task]
        prompt = task.prompt(question.problem, self._prompt, documents)
        return Asked(task, question.problem, prompt)

    def _row(
        self,
        stage: Stage,
        question: Question,
        prompt: Prompt,
        documents: tuple[str, ...],
        sample: Sample,
    ) -> SampleRow:
        found = self._tasks[question.problem.task].extract(question.problem, prompt, sample)
        return SampleRow(
            item=_item(stage, question, sample.index),
            prompt=prompt.text,
            text=sample.text,
            code=found.code,
            extraction=found.outcome,
            finish_reason=sample.finish_reason,
            prompt_tokens=sample.prompt_tokens,
            completion_tokens=sample.completion_tokens,
            documents=documents,
            observed=sample.observed,
        )

    # ------------------------------------------------------------------ execution

    def _finish_checks(self, stage: Stage) -> None:
        """Execute what an interrupted run had generated and not yet judged."""
        items = sorted(self._store.sampled(stage.id))
        finished = 0
        for item in items:
            finished += not self._check(item, self._store.code(item))
            while self._in_flight > IN_FLIGHT:
                self._keep_one()
        self._listener.held(len(items), finished)

    def _check(self, item: Item, code: str) -> bool:
        """Submit the checks of ``code`` that can run now and have not run; whether any runs.

        Where none does, all is known of it, and it is measured.
        """
        problem, task = self._problems[item.task, item.problem], self._tasks[item.task]
        verdicts = self._store.verdicts(item)
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
        if task.measured and not ours and not self._store.measured(item):
            self._store.add_measures(item, _measured(task, problem, code, verdicts))
        return False

    def _submit(self, item: Item, check: Check) -> None:
        self._in_flight += 1
        self._running[item].add(check.name)
        future = self._sandbox.submit(check.program)
        future.add_done_callback(lambda done: self._answers.put((item, check, done)))

    def _keep_one(self) -> None:
        item, check, future = self._answers.get()
        self._in_flight -= 1
        verdict = future.result()
        self._store.add_verdict(item, check.name, verdict)
        self._running[item].discard(check.name)
        if not self._check(item, self._store.code(item)):
            self._listener.judged(verdict.outcome)


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


def _turn_rows(item: Item, turns: Sequence[Turn]) -> Iterator[TurnRow]:
    for number, turn in enumerate(turns):
        texts = tuple(sample.text for sample in turn.samples)
        yield TurnRow(item, number, turn.prompt.text, texts)


def _item(stage: Stage, question: Question, index: int) -> Item:
    problem = question.problem
    return Item(stage.id, question.role, problem.task, problem.id, index)
