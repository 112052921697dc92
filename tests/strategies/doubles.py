"""A model, a sandbox and a task that are only there to be talked with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, cast

from codeupdate.strategies.protocol import Asked
from codeupdate.tasks.protocol import Task
from codeupdate.types import (
    Check,
    Extraction,
    Outcome,
    Problem,
    Program,
    Prompt,
    Sample,
    Sampling,
    Verdict,
)

Answer = Callable[[Prompt, Sampling, int], str]


def told(prompt: Prompt, sampling: Sampling, index: int) -> str:
    """An answer that depends on everything that it may depend on, and on nothing else."""
    known = repr((prompt.text, sampling.seed, sampling.temperature, index))
    return hashlib.sha256(known.encode()).hexdigest()[:8]


class Model:
    """Answers in batches of two, longest prompts first; ``calls`` are the batches it computed."""

    name = fingerprint = "double"

    def __init__(self, answer: Answer = told) -> None:
        self.answer = answer
        self.calls: list[list[str]] = []

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i].text), i))
        for start in range(0, len(order), 2):
            chunk = order[start : start + 2]
            self.calls.append([prompts[i].text for i in chunk])
            yield tuple(
                Sample(i, n, self.answer(prompts[i], sampling, n), 10, 1, "stop")
                for i in chunk
                for n in range(sampling.n)
            )


class Sandbox:
    """Judges a program by its source alone, when ``release`` lets it."""

    name = "double"

    def __init__(self, passes: Callable[[str], bool]) -> None:
        self.passes = passes
        self.held: list[tuple[Program, Future[Verdict]]] = []
        self.holding = False
        self.broken: set[str] = set()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, program: Program) -> Future[Verdict]:
        future: Future[Verdict] = Future()
        self.held.append((program, future))
        if not self.holding:
            self.release()
        return future

    def release(self) -> None:
        for program, future in self.held:
            future.set_result(self._verdict(program))
        self.held.clear()

    def _verdict(self, program: Program) -> Verdict:
        if program.id in self.broken:
            return Verdict(program.id, Outcome.INFRASTRUCTURE, detail="no machine")
        passed = self.passes(program.source)
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        return Verdict(program.id, outcome, detail="" if passed else f"wrong: {program.source}")


class ShownTask:
    """A task with a test that may be seen."""

    name = "double"
    shown: str | None = "shown"
    turns: Collection[str] = ("self-debug",)

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        return Extraction(sample.text, "code")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        hidden = Program(problem.id, "python", f"hidden {code}")
        return [Check("hidden", hidden), Check("shown", Program(problem.id, "python", code))]

    def turn(self, name: str, problem: Problem, values: Mapping[str, Any]) -> Prompt:
        return Prompt(f"{name}: {values['error']}")


def asked(task: object, *texts: str) -> list[Asked]:
    """A question for each of ``texts``, which is also its problem's id."""
    return [
        Asked(
            cast(Task, task),
            Problem(text, "double", {}, "f", "f = None", (), "python"),
            Prompt(text, problem=text),
        )
        for text in texts
    ]
