"""Self-debug: a second chance that sees why the first answer failed the shown test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from codeupdate.errors import UsageError
from codeupdate.strategies.protocol import Ask, Asked, Steps, ask, run, single, together
from codeupdate.tasks.protocol import Task
from codeupdate.types import Message, Problem, Program, Prompt, Sample, Sampling, Verdict

__all__ = ["Debuggable", "SelfDebug", "follow_up"]


class Debuggable(Protocol):
    """What a task has beside, so that its problems can be tried again."""

    def shown(self, problem: Problem, code: str) -> Program:
        """The answer with the test that its author may see."""
        ...

    def feedback(self, problem: Problem, verdict: Verdict) -> str:
        """What its author is told when that did not pass."""
        ...


class SelfDebug:
    """Answer, run the shown test, and answer once more where it failed (GitChameleon 2.0)."""

    name = "self-debug"

    def check(self, task: Task) -> None:
        if not hasattr(task, "shown"):
            raise UsageError(
                f"the strategy '{self.name}' runs a test that may be seen, and the task "
                f"'{task.name}' has none; use --strategy direct"
            )

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        task, problem = cast(Debuggable, asked.task), asked.problem
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        codes = [asked.task.extract(problem, asked.prompt, sample).code for sample in samples]
        verdicts = yield from run(*(task.shown(problem, code) for code in codes))
        failed = [index for index, verdict in enumerate(verdicts) if not verdict.passed]
        if not failed:
            return samples
        retries = yield from ask(
            *(
                Ask(
                    follow_up(asked.prompt, samples[i].text, task.feedback(problem, verdicts[i])),
                    single(sampling, i),
                )
                for i in failed
            )
        )
        answers = list(samples)
        for index, (retry,) in zip(failed, retries, strict=True):
            answers[index] = together(retry.text, [samples[index], retry])
        return answers


def follow_up(prompt: Prompt, answer: str, said: str) -> Prompt:
    """``prompt`` after ``answer``, and what is ``said`` to that."""
    begun = prompt.messages[-1].content if _begins_the_answer(prompt) else ""
    asked = prompt.messages[:-1] if begun else prompt.messages
    messages = (*asked, Message("assistant", begun + answer), Message("user", said))
    return Prompt(f"{prompt.text}{answer}\n\n{said}\n\n", messages, prompt.stop, prompt.problem)


def _begins_the_answer(prompt: Prompt) -> bool:
    return bool(prompt.messages) and prompt.messages[-1].role == "assistant"
