"""Runs stages: edit, ask, extract, execute, keep. Generation and execution overlap.

A *chain* is a stage and those that are nested on it: what one model has to do in order, and
what does not depend on any other chain. ``answer`` takes a chain through the model and says
what happened, event by event; ``keep`` extracts, stores and executes. On one model, ``run``
does the first in the thread that calls and the second in another; on several,
:mod:`codeupdate.evaluation.abreast` does the first in a thread for each of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

from codeupdate.editing.protocol import Edited, Editor
from codeupdate.evaluation.caching import Through, directly
from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.keeping import Keeper
from codeupdate.evaluation.plan import Question, Stage
from codeupdate.evaluation.records import Item, SampleRow, TurnRow
from codeupdate.models.protocol import Model
from codeupdate.strategies import Answered, Around, Asked, Strategy, Turn, converse
from codeupdate.strategies.lazily import Lazily
from codeupdate.types import EditCost, Example, Prompt, Sample, Sampling, Update

__all__ = ["Event", "Pipeline", "Work", "chains"]


@dataclass(frozen=True, slots=True)
class Work:
    """A stage, and the questions of it that are not answered yet."""

    stage: Stage
    missing: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Applied:
    """The edit of ``stage`` is in force."""

    stage: Stage
    fingerprint: str
    cost: EditCost


@dataclass(frozen=True, slots=True)
class Reply:
    """A question that was answered, with the prompt that asked it and the updates whose
    documentation that showed."""

    question: Question
    prompt: Prompt
    documents: tuple[Update, ...]
    answered: Answered


@dataclass(frozen=True, slots=True)
class Replies:
    """Questions of ``stage`` that were answered together."""

    stage: Stage
    replies: tuple[Reply, ...]


Event = Applied | Replies


def chains(stages: Sequence[Stage]) -> Iterator[tuple[Stage, ...]]:
    """``stages``, cut before every one that begins with the bare model."""
    begins = [place for place, stage in enumerate(stages) if not stage.nested or place == 0]
    for begin, end in zip(begins, [*begins[1:], len(stages)], strict=True):
        yield tuple(stages[begin:end])


class Pipeline:
    """Everything that stays the same during one arm. ``through`` is how its models are asked,
    where the strategy does not change how they work."""

    def __init__(
        self,
        *,
        prompt: str,
        strategy: Strategy,
        sampling: Sampling,
        execution: Execution,
        through: Through = directly,
    ) -> None:
        self._prompt = prompt
        self._strategy = strategy
        self._sampling = sampling
        self._execution = execution
        self._through = through

    def run(
        self, model: Model, editor: Editor, stages: Sequence[Stage], replay: Sequence[Example]
    ) -> None:
        """Run ``stages`` with ``editor`` on ``model``; what the store holds is not repeated.

        Raises:
            EditError, ModelError, StoreError: as editor, model and store say.
        """
        with Keeper(self._execution) as keeper:
            for chain in chains(stages):
                work = keeper.do(partial(self._begun, chain))
                with closing(self.answer(model, editor, work, replay)) as events:
                    for event in events:
                        keeper.put(partial(self.keep, event))
            keeper.finish()

    # ----------------------------------------------------- in the thread of the store

    def begin(self, chain: Sequence[Stage]) -> None:
        """Execute what an earlier run had generated of ``chain``."""
        for stage in chain:
            self._execution.listener.stage(stage)
            self._execution.finish_checks(stage)

    def _begun(self, chain: Sequence[Stage]) -> list[Work]:
        self.begin(chain)
        return self.missing(chain)

    def missing(self, chain: Sequence[Stage]) -> list[Work]:
        """What is to be asked of ``chain``: what the store does not hold."""
        self._execution.commit()
        work = []
        for stage in chain:
            held = self._execution.store.sampled(stage.id)
            work.append(
                Work(stage, [q for q in stage.questions if not self._holds(held, stage, q)])
            )
        return work

    def _holds(self, held: set[Item], stage: Stage, question: Question) -> bool:
        return all(_item(stage, question, i) in held for i in range(self._sampling.n))

    def keep(self, event: Event) -> None:
        """Extract, store and execute what ``answer`` gave, and keep verdicts meanwhile."""
        execution, stage = self._execution, event.stage
        if isinstance(event, Applied):
            execution.store.add_edit(stage.id, event.fingerprint, event.cost)
            return
        rows: list[SampleRow] = []
        turns: list[TurnRow] = []
        for reply in event.replies:
            rows += [self._row(stage, reply, sample) for sample in reply.answered.samples]
            turns += _turn_rows(_item(stage, reply.question, 0), reply.answered.turns)
        execution.keep(rows, turns)

    def _row(self, stage: Stage, reply: Reply, sample: Sample) -> SampleRow:
        problem, prompt = reply.question.problem, reply.prompt
        found = self._execution.tasks[problem.task].extract(problem, prompt, sample)
        return SampleRow(
            item=_item(stage, reply.question, sample.index),
            prompt=prompt.text,
            text=sample.text,
            code=found.code,
            extraction=found.outcome,
            finish_reason=sample.finish_reason,
            prompt_tokens=sample.prompt_tokens,
            completion_tokens=sample.completion_tokens,
            documents=tuple(update.id for update in reply.documents),
            observed=sample.observed,
        )

    # -------------------------------------------------------- in the thread of a model

    def answer(
        self, model: Model, editor: Editor, work: Sequence[Work], replay: Sequence[Example]
    ) -> Generator[Event]:
        """Take the chain ``work`` through ``model``. Nothing here touches the store.

        Raises:
            EditError, ModelError: as editor and model say.
        """
        with ExitStack() as edits:
            edited: Edited | None = None
            for place, part in enumerate(work):
                # A stage on which one builds that asks is applied even if it asks nothing.
                if not any(later.missing for later in work[place:]):
                    return
                if part.stage.updates:
                    edited = edits.enter_context(
                        editor.apply(edited or model, part.stage.updates, replay)
                    )
                    yield Applied(part.stage, edited.fingerprint, edited.cost)
                if part.missing:
                    yield from self._ask(model, edited, part)

    def _ask(self, model: Model, edited: Edited | None, part: Work) -> Iterator[Replies]:
        missing = part.missing
        documents = Lazily(len(missing), lambda i: self._documents(edited, missing[i]))
        asked = Lazily(len(missing), lambda i: self.asked(missing[i], documents[i]))
        asking: Model = edited or model
        if isinstance(self._strategy, Around):
            asking = self._strategy.around(asking)
        else:
            asking = self._through(asking, edited is not None)
        for group in converse(
            self._strategy,
            asking,
            asked,
            self._sampling,
            self._execution.sandbox,
            on_failure=self._left_out,
            person=self._execution.ask,
        ):
            yield Replies(
                part.stage,
                tuple(
                    Reply(
                        missing[found.question],
                        asked.take(found.question).prompt,
                        documents.take(found.question),
                        found,
                    )
                    for found in group
                ),
            )

    def _left_out(self, why: str) -> None:
        self._execution.listener.note(
            f"answers were given up and are missing: {why}; --resume tries again"
        )

    def _documents(self, edited: Edited | None, question: Question) -> tuple[Update, ...]:
        # A bare model knows nothing beyond its weights; only an edit brings documents.
        if edited is None:
            return ()
        task = self._execution.tasks[question.problem.task]
        return edited.documents(task.prompt(question.problem, self._prompt).text)

    def asked(self, question: Question, documents: tuple[Update, ...] = ()) -> Asked:
        """``question`` as it is put to the model, with ``documents`` shown."""
        task = self._execution.tasks[question.problem.task]
        prompt = task.prompt(question.problem, self._prompt, documents)
        return Asked(task, question.problem, prompt)


def _turn_rows(item: Item, turns: Sequence[Turn]) -> Iterator[TurnRow]:
    for number, turn in enumerate(turns):
        texts = tuple(sample.text for sample in turn.samples)
        yield TurnRow(item, number, turn.prompt.text, texts)


def _item(stage: Stage, question: Question, index: int) -> Item:
    problem = question.problem
    return Item(stage.id, question.role, problem.task, problem.id, index)
