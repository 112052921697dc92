"""What a strategy is to the rest of the suite: how a question becomes answers.

A strategy is written as one conversation, from the first question to the answers::

    def solve(self, asked, sampling):
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        verdicts = yield from run(*(program_of(sample) for sample in samples))
        ...
        return samples

What it asks for it gets back in the same order. That many conversations go on at once, that
their prompts are batched and their programs run beside generation, is not its concern: see
:mod:`codeupdate.strategies.conversing`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from codeupdate.models.protocol import Model
from codeupdate.tasks.protocol import Task
from codeupdate.types import Problem, Program, Prompt, Sample, Sampling, Verdict

__all__ = [
    "Around",
    "Ask",
    "Asked",
    "Question",
    "Request",
    "Steps",
    "Strategy",
    "ask",
    "ask_each",
    "person",
    "run",
    "single",
    "together",
]

T = TypeVar("T")
#: What is observed of samples that adds up over the turns of an answer.
ADDED_UP = ("cached_tokens", "price")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a problem of a task, and the prompt that asks it."""

    task: Task
    problem: Problem
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for ``sampling.n`` completions of ``prompt``."""

    prompt: Prompt
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a person: yes, no, or nothing where there is none or they do not know."""

    text: str


Request = Ask | Program | Question
#: A part of a conversation that ends with a ``T``.
Steps = Generator[tuple[Request, ...], list[Any], T]


@runtime_checkable
class Around(Protocol):
    """A strategy that changes how the model itself works, and observes it."""

    @property
    def observed(self) -> Mapping[str, tuple[str, str]]:
        """What is observed of every sample: name → unit ("%", "ms", "nats"), and whether
        "higher" or "lower" is better."""
        ...

    def around(self, model: Model) -> Model:
        """What is asked in place of ``model``.

        Raises:
            ModelError: this model does not allow it.
        """
        ...


class Strategy(Protocol):
    """One way of asking a model."""

    @property
    def name(self) -> str: ...

    def check(self, task: Task) -> None:
        """Whether problems of ``task`` can be asked this way.

        Raises:
            UsageError: the task lacks what this needs.
        """
        ...

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        """The conversation about one question; it ends with ``sampling.n`` samples.

        It begins with one ``Ask`` for ``sampling.n`` completions: questions that the model
        answers together then stay together to the end, so that a run that is continued asks
        in the same batches as one that was never interrupted.
        """
        ...


def ask(*asks: Ask) -> Steps[list[tuple[Sample, ...]]]:
    """The samples of each of ``asks``."""
    return (yield asks)


def run(*programs: Program) -> Steps[list[Verdict]]:
    """The verdict on each of ``programs``."""
    return (yield programs)


def person(question: Question) -> Steps[bool | None]:
    """What a person says."""
    (said,) = yield (question,)
    return said  # type: ignore[no-any-return]


def ask_each(prompts: Sequence[Prompt], sampling: Sampling) -> Steps[list[Sample]]:
    """One sample for each of ``prompts``, where prompt ``i`` goes on from sample ``i``."""
    if len(set(prompts)) == 1:
        (samples,) = yield from ask(Ask(prompts[0], replace(sampling, n=len(prompts))))
        return list(samples)
    found = yield from ask(*(Ask(p, single(sampling, i)) for i, p in enumerate(prompts)))
    return [samples[0] for samples in found]


def single(sampling: Sampling, index: int) -> Sampling:
    """For what goes on from sample ``index`` alone, independent of what the others get."""
    seed = sampling.seed + index if sampling.temperature > 0 else sampling.seed
    return replace(sampling, n=1, seed=seed)


def together(text: str, samples: Sequence[Sample]) -> Sample:
    """The answer ``text`` that took all of ``samples``, of which the last ended it."""
    added = {
        name: sum(sample.observed.get(name, 0) for sample in samples)
        for name in ADDED_UP
        if any(name in sample.observed for sample in samples)
    }
    return replace(
        samples[-1],
        text=text,
        prompt_tokens=sum(sample.prompt_tokens for sample in samples),
        completion_tokens=sum(sample.completion_tokens for sample in samples),
        observed={**samples[-1].observed, **added},
    )
