"""A solution part by part: each part is a question of its own (ClassEval's strategies)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from codeupdate.errors import UsageError
from codeupdate.strategies.protocol import Asked, Steps, ask_each, together
from codeupdate.tasks.protocol import Task
from codeupdate.types import Problem, Prompt, Sample, Sampling

__all__ = ["Compositional", "Incremental", "Stepwise"]


class Stepwise(Protocol):
    """What a task has beside, so that its problems can be solved part by part."""

    def steps(self, problem: Problem) -> Sequence[str]:
        """The names of the parts, in the order in which they are asked for."""
        ...

    def step_prompt(
        self, problem: Problem, strategy: str, step: str, written: Mapping[str, str]
    ) -> Prompt:
        """Ask for the part ``step`` when the parts in ``written`` are there."""
        ...

    def step_code(self, problem: Problem, step: str, text: str) -> str:
        """The part ``step`` in an answer."""
        ...

    def assemble(self, problem: Problem, written: Mapping[str, str]) -> str:
        """The solution of its parts."""
        ...


class Incremental:
    """Part after part; each question shows the parts that are written so far."""

    name = "incremental"
    shows_earlier = True

    def check(self, task: Task) -> None:
        if not hasattr(task, "step_prompt"):
            raise UsageError(
                f"the strategy '{self.name}' asks for a solution part by part, and the task "
                f"'{task.name}' does not say what its parts are; use --strategy direct"
            )

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        task, problem = cast(Stepwise, asked.task), asked.problem
        written: list[dict[str, str]] = [{} for _ in range(sampling.n)]
        spent: list[list[Sample]] = [[] for _ in range(sampling.n)]
        for step in task.steps(problem):
            shown = written if self.shows_earlier else [{}] * sampling.n
            prompts = [task.step_prompt(problem, self.name, step, parts) for parts in shown]
            answers = yield from ask_each(prompts, sampling)
            for parts, own, sample in zip(written, spent, answers, strict=True):
                parts[step] = task.step_code(problem, step, sample.text)
                own.append(sample)
        return [
            together(task.assemble(problem, parts), own)
            for parts, own in zip(written, spent, strict=True)
        ]


class Compositional(Incremental):
    """Every part on its own; no question shows what another was answered."""

    name = "compositional"
    shows_earlier = False
