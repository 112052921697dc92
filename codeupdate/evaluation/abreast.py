"""Takes the chains of all arms through several models at once.

A *lane* is a thread that holds one model and takes one chain after another through it. The
thread that writes the store hands out chains, keeps what the lanes report, and keeps verdicts
in between; a lane that reports faster than is kept has to wait, and its model with it.

A lane whose model is lost has reported all that came from it before it says so. Then what the
store does not hold of its chain is handed out again, so nothing is lost and nothing doubled.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from typing import Protocol

from codeupdate.editing.protocol import Editor
from codeupdate.errors import ModelError, ModelLost
from codeupdate.evaluation.execution import SECONDS, Execution
from codeupdate.evaluation.pipeline import Event, Pipeline, Work, chains
from codeupdate.evaluation.plan import Stage
from codeupdate.models.protocol import Model
from codeupdate.types import Example

__all__ = ["ArmWork", "Models", "run_abreast"]

UNKEPT = 2  # reports of a lane that wait to be kept
LOSSES = 3  # of models, on one chain or one after another without an answer between
PARTS = 4  # for every model, of a stage that can be shared out
LEAST = 16  # questions in a part: a model is not faster with few at a time


class Models(Protocol):
    """Several models that are the same but for where they are."""

    @property
    def count(self) -> int: ...

    def one(self) -> AbstractContextManager[Model]:
        """One more of them, for the length of a ``with`` block in the thread that calls.

        Raises:
            ModelError: it cannot be had.
            ModelLost: it was, and is gone; or none is needed any more.
        """
        ...

    def enough(self) -> None:
        """Let everybody go who waits for a model, in any thread: none is needed any more."""
        ...

    def stop(self) -> None:
        """The same, and end every model at once, whatever it does."""
        ...


@dataclass(frozen=True, slots=True)
class ArmWork:
    """One arm: its stages, and how its questions are put. ``label`` is for the listener."""

    task: str
    label: str
    pipeline: Pipeline
    editor: Editor
    stages: Sequence[Stage]
    replay: Sequence[Example]


@dataclass(eq=False, slots=True)
class _Job:
    """A chain, or a share of the questions of a stage; how many models it has cost."""

    arm: ArmWork
    work: Sequence[Work]
    shared: bool = False
    losses: int = 0

    def again(self) -> None:
        """Leave only what the store does not hold."""
        mine = {id(question) for part in self.work for question in part.missing}
        self.work = [
            Work(part.stage, [question for question in part.missing if id(question) in mine])
            for part in self.arm.pipeline.missing([part.stage for part in self.work])
        ]

    @property
    def asks(self) -> bool:
        return any(part.missing for part in self.work)


@dataclass(eq=False, slots=True)
class _Lane:
    """A thread with a model. ``jobs`` is what it is handed: None ends it."""

    jobs: queue.SimpleQueue[_Job | None] = field(default_factory=queue.SimpleQueue)
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(UNKEPT))
    thread: threading.Thread | None = None
    model: Model | None = None
    job: _Job | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Opened:
    """A lane has its model."""

    lane: _Lane
    model: Model


@dataclass(frozen=True, slots=True)
class _Report:
    lane: _Lane
    event: Event


@dataclass(frozen=True, slots=True)
class _Free:
    """A lane has finished what it was handed."""

    lane: _Lane


@dataclass(frozen=True, slots=True)
class _Ended:
    """A lane has given its model back; or lost it, or failed."""

    lane: _Lane
    why: BaseException | None


_Message = _Opened | _Report | _Free | _Ended | None  # None: keep what has come back


def run_abreast(models: Models, arms: Sequence[ArmWork], execution: Execution) -> None:
    """Run every stage of ``arms`` on ``models``; what the store holds is not repeated.

    Raises:
        EditError, ModelError, StoreError: as editor, model and store say. A model that is
            lost is replaced, unless that happens again and again.
    """
    _Abreast(models, arms, execution).run()


class _Abreast:
    def __init__(self, models: Models, arms: Sequence[ArmWork], execution: Execution) -> None:
        self._models = models
        self._execution = execution
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._lanes: set[_Lane] = set()
        self._ready: deque[_Job] = deque()
        self._chains = self._plan(arms)
        self._losses = 0  # since the last report
        self._done = False

    def run(self) -> None:
        self._execution.on_answer = lambda: self._inbox.put(None)
        try:
            self._ready.extend(job for job in (next(self._chains, None),) if job)
            for _ in range(self._models.count if self._ready else 0):
                self._open()
            while self._lanes:
                self._hear(self._next())
            self._execution.finish()
        finally:
            self._execution.on_answer = lambda: None
            self._stop()

    def _next(self) -> _Message:
        """What a lane says, or None: a verdict has come back, or something waits to be kept."""
        try:
            return self._inbox.get(timeout=SECONDS if self._execution.unkept else None)
        except queue.Empty:
            return None

    def _hear(self, message: _Message) -> None:
        match message:
            case None:
                self._execution.keep_ready()
            case _Opened(lane, model):
                lane.model = model
                self._hand_out()
            case _Report(lane, event):
                assert lane.job is not None
                lane.job.arm.pipeline.keep(event)
                lane.room.release()
                self._losses = 0
            case _Free(lane):
                lane.job = None
                self._hand_out()
            case _Ended(lane, why):
                self._lanes.discard(lane)
                if isinstance(why, ModelLost):
                    self._replace(lane, why)
                elif why is not None:
                    raise why

    # -------------------------------------------------------------------------- work

    def _plan(self, arms: Sequence[ArmWork]) -> Iterator[_Job]:
        """Every chain that asks; what an earlier run left unjudged is executed on the way."""
        for arm in arms:
            self._execution.listener.arm(arm.task, arm.label)
            for chain in chains(arm.stages):
                arm.pipeline.begin(chain)
                job = _Job(arm, arm.pipeline.missing(chain))
                if job.asks:
                    yield job

    def _hand_out(self) -> None:
        """Give every lane that has nothing to do something, or end them all."""
        for lane in [lane for lane in self._lanes if lane.model and not lane.job]:
            if not self._ready:
                self._ready.extend(job for job in (next(self._chains, None),) if job)
            if self._ready:
                lane.job = self._share(self._ready.popleft())
                lane.jobs.put(lane.job)
        if not any(lane.job for lane in self._lanes) and not self._ready:
            self._done = True
            for lane in self._lanes:
                lane.jobs.put(None)
            self._models.enough()

    def _share(self, job: _Job) -> _Job:
        """A part of ``job`` where it needs no edit, and the others are ready; else all of it."""
        part, *nested = job.work
        size = max(-(-len(part.missing) // (PARTS * self._models.count)), LEAST)
        if nested or part.stage.updates or job.shared or len(part.missing) <= size:
            return job
        first, *others = [
            _Job(job.arm, [Work(part.stage, part.missing[start : start + size])], shared=True)
            for start in range(0, len(part.missing), size)
        ]
        self._ready.extendleft(reversed(others))
        return first

    # ------------------------------------------------------------------------- lanes

    def _open(self) -> None:
        lane = _Lane()
        lane.thread = threading.Thread(target=self._serve, args=(lane,), daemon=True)
        self._lanes.add(lane)
        lane.thread.start()

    def _serve(self, lane: _Lane) -> None:
        """What the thread of ``lane`` does."""
        why: BaseException | None = None
        try:
            with self._models.one() as model:
                self._inbox.put(_Opened(lane, model))
                while (job := lane.jobs.get()) is not None:
                    events = job.arm.pipeline.answer(
                        model, job.arm.editor, job.work, job.arm.replay
                    )
                    with closing(events):
                        for event in events:
                            lane.room.acquire()
                            if lane.stopped:
                                return
                            self._inbox.put(_Report(lane, event))
                    self._inbox.put(_Free(lane))
        except BaseException as error:  # whoever keeps has to learn of it
            why = error
        finally:
            self._inbox.put(_Ended(lane, why))

    def _replace(self, lane: _Lane, why: ModelLost) -> None:
        """Another model for the one that ``lane`` lost, and its job to whoever is free."""
        if self._done:
            return
        self._losses += 1
        if lane.job is not None:
            lane.job.losses += 1
            lane.job.again()
            if lane.job.asks:
                self._ready.appendleft(lane.job)
        if self._losses >= LOSSES * self._models.count or (lane.job and lane.job.losses >= LOSSES):
            at = f" at '{lane.job.work[0].stage.id}'" if lane.job else ""
            raise ModelError(
                f"the model was lost again and again{at}, the last time because {why}; "
                "what was answered is kept, and --resume continues"
            )
        self._execution.listener.note(f"a replica of the model is lost, others go on: {why}")
        self._open()
        self._hand_out()

    def _stop(self) -> None:
        for lane in self._lanes:
            lane.stopped = True
            lane.room.release()
            lane.jobs.put(None)
        self._models.stop()
        for lane in self._lanes:
            if lane.thread is not None:
                lane.thread.join()
