"""Holds many conversations with a model at once.

Questions that the model has answered in the first turn, and that have more to say, are gathered
into groups, because a model is fast with many prompts at once. In each round of a group what its
conversations ask is asked together, what they run is run in the sandbox, and when all of it has
come back the next round begins. While one group waits for the sandbox the model serves others.
What a conversation comes to depends on nothing that goes on beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

from codeupdate.models.protocol import Model
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.strategies.lazily import Lazily
from codeupdate.strategies.protocol import Ask, Asked, Question, Request, Steps, Strategy
from codeupdate.types import Outcome, Program, Prompt, Sample, Sampling, Verdict

__all__ = ["Answered", "Turn", "converse"]

GROUPS = 4  # that are open at once
GATHERED = 32  # conversations in a group; it waits for them


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked at one point of a conversation, and what came back."""

    prompt: Prompt
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The samples of question number ``question``; ``turns`` where there is more to know of
    how they came about."""

    question: int
    samples: tuple[Sample, ...]
    turns: tuple[Turn, ...]


def converse(
    strategy: Strategy,
    model: Model,
    questions: Sequence[Asked],
    sampling: Sampling,
    sandbox: Sandbox,
    on_failure: Callable[[str], None],
    person: Callable[[str], bool | None] = lambda _: None,
) -> Iterator[tuple[Answered, ...]]:
    """Answer ``questions``; those that are finished together come out together.

    A question one of whose programs met a failure of ours is left out: ``on_failure`` is told.
    ``person`` answers questions that only a person can answer.

    Raises:
        ModelError: as the model says.
    """
    talks = Lazily(
        len(questions), lambda i: _Talk.begun(i, strategy.solve(questions[i], sampling), sampling)
    )
    first = model.batches(Lazily(len(talks), lambda i: talks[i].opening), sampling)
    groups: list[_Group] = []
    gathered: list[_Talk] = []
    opening = True
    while True:
        for group in list(groups):
            group.go_on(model, sandbox, person)
            if group.ended:
                groups.remove(group)
                for talk in group.talks:
                    if talk.failure:
                        on_failure(talk.failure)
                if answered := [talk for talk in group.talks if not talk.failure]:
                    yield tuple(talk.answered(sampling.n) for talk in answered)
        if opening and len(groups) < GROUPS:
            batch = next(first, None)
            opening = batch is not None
            opened = _opened(talks, batch or ())
            if answered := [talk for talk in opened if not talk.requests]:
                yield tuple(talk.answered(sampling.n) for talk in answered)
            gathered += [talk for talk in opened if talk.requests]
            if gathered and (len(gathered) >= GATHERED or not opening):
                groups.append(_Group(gathered))
                gathered = []
        elif groups:
            wait([f for group in groups for f in group.running], return_when=FIRST_COMPLETED)
        else:
            return


def _opened(talks: Lazily[_Talk], batch: Sequence[Sample]) -> list[_Talk]:
    """The conversations whose first question ``batch`` answers, after they heard it."""
    found: dict[int, list[Sample]] = {}
    for sample in batch:
        found.setdefault(sample.prompt, []).append(sample)
    opened = [talks.take(number) for number in found]
    for talk, samples in zip(opened, found.values(), strict=True):
        talk.hear([tuple(sorted(samples, key=lambda sample: sample.index))])
    return opened


@dataclass(slots=True)
class _Talk:
    """One conversation. ``requests`` are what it waits for; none when it has ended, well or by a
    ``failure`` of ours."""

    number: int
    steps: Steps[Sequence[Sample]]
    requests: tuple[Request, ...] = ()
    replies: list[Any] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    samples: Sequence[Sample] = ()
    failure: str = ""

    @classmethod
    def begun(cls, number: int, steps: Steps[Sequence[Sample]], sampling: Sampling) -> _Talk:
        """A conversation that waits for the answer to its first prompt."""
        talk = cls(number, steps, next(steps))
        (request,) = talk.requests
        assert isinstance(request, Ask) and request.sampling == sampling
        return talk

    @property
    def opening(self) -> Prompt:
        """The first prompt, while it is not answered."""
        (request,) = self.requests
        assert isinstance(request, Ask)
        return request.prompt

    def hear(self, replies: list[Any]) -> None:
        """Go on to the next requests, or to the end."""
        for request, reply in zip(self.requests, replies, strict=True):
            if isinstance(request, Ask):
                self.turns.append(Turn(request.prompt, reply))
        try:
            self.requests = self.steps.send(replies)
        except StopIteration as end:
            self.requests, self.samples = (), end.value

    def answered(self, n: int) -> Answered:
        assert len(self.samples) == n
        samples = tuple(
            replace(sample, prompt=self.number, index=index)
            for index, sample in enumerate(self.samples)
        )
        told = len(self.turns) > 1 or [s.text for s in self.turns[0].samples] != [
            s.text for s in samples
        ]
        return Answered(self.number, samples, tuple(self.turns) if told else ())


class _Group:
    """Conversations that go on in the same rounds."""

    def __init__(self, talks: Sequence[_Talk]) -> None:
        self.talks = talks
        self._programs: dict[tuple[int, int], Future[Verdict]] = {}  # (talk, request) → verdict
        self._begun = False

    @property
    def ended(self) -> bool:
        return not any(talk.requests for talk in self.talks)

    @property
    def running(self) -> list[Future[Verdict]]:
        return list(self._programs.values())

    def go_on(self, model: Model, sandbox: Sandbox, person: Callable[[str], bool | None]) -> None:
        """As many rounds as need no waiting."""
        while not self.ended:
            if not self._begun:
                self._begin(model, sandbox, person)
            if not all(future.done() for future in self.running):
                return
            self._end()

    def _begin(self, model: Model, sandbox: Sandbox, person: Callable[[str], bool | None]) -> None:
        """Start the programs of this round, and ask its questions meanwhile."""
        self._begun = True
        asks: list[tuple[_Talk, int, Ask]] = []
        for number, talk in enumerate(self.talks):
            talk.replies = [None] * len(talk.requests)
            for place, request in enumerate(talk.requests):
                if isinstance(request, Program):
                    self._programs[number, place] = sandbox.submit(request)
                elif isinstance(request, Question):
                    talk.replies[place] = person(request.text)
                else:
                    asks.append((talk, place, request))
        found = _complete(model, [request for _, _, request in asks])
        for talk, place, request in asks:
            talk.replies[place] = found[request]

    def _end(self) -> None:
        """Everything has come back: let all conversations go on."""
        self._begun = False
        for (number, place), future in self._programs.items():
            verdict = future.result()
            talk = self.talks[number]
            talk.replies[place] = verdict
            if verdict.outcome is Outcome.INFRASTRUCTURE:
                talk.failure, talk.requests = verdict.detail or "the sandbox failed", ()
        self._programs.clear()
        for talk in self.talks:
            if talk.requests:
                talk.hear(talk.replies)


def _complete(model: Model, asks: Sequence[Ask]) -> dict[Ask, tuple[Sample, ...]]:
    """The samples of every request; equal requests are asked once."""
    by_sampling: dict[Sampling, list[Prompt]] = {}
    for request in dict.fromkeys(asks):
        by_sampling.setdefault(request.sampling, []).append(request.prompt)
    found: dict[Ask, tuple[Sample, ...]] = {}
    for sampling, prompts in by_sampling.items():
        for batch in model.batches(prompts, sampling):
            samples: dict[int, list[Sample]] = {}
            for sample in batch:
                samples.setdefault(sample.prompt, []).append(sample)
            for number, own in samples.items():
                own.sort(key=lambda sample: sample.index)
                found[Ask(prompts[number], sampling)] = tuple(own)
    return found
