"""Self-debug: a second chance that sees why the first answer failed the test that is shown."""

from __future__ import annotations

from collections.abc import Sequence

from codeupdate.errors import UsageError
from codeupdate.strategies.protocol import Ask, Asked, Steps, ask, run, single, together
from codeupdate.tasks.protocol import Task
from codeupdate.types import Message, Program, Prompt, Sample, Sampling, Verdict

__all__ = ["SelfDebug", "follow_up"]


class SelfDebug:
    """Answer, run the shown test, and answer once more where it failed (GitChameleon 2.0)."""

    name = "self-debug"

    def check(self, task: Task) -> None:
        if task.shown is None or self.name not in task.turns:
            raise UsageError(
                f"the strategy '{self.name}' runs a test that the model may see, and the task "
                f"'{task.name}' has none or no prompt for it; use --strategy direct"
            )

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        verdicts = yield from run(*(_shown(asked, sample) for sample in samples))
        failed = [index for index, verdict in enumerate(verdicts) if not verdict.passed]
        if not failed:
            return samples
        retries = yield from ask(
            *(
                Ask(_retry(asked, samples[index], verdicts[index]), single(sampling, index))
                for index in failed
            )
        )
        answers = list(samples)
        for index, (retry,) in zip(failed, retries, strict=True):
            answers[index] = together(retry.text, [samples[index], retry])
        return answers


def _shown(asked: Asked, sample: Sample) -> Program:
    """The answer with the test that the model may see."""
    code = asked.task.extract(asked.problem, asked.prompt, sample).code
    checks = {check.name: check for check in asked.task.checks(asked.problem, code)}
    return checks[asked.task.shown or ""].program


def _retry(asked: Asked, sample: Sample, verdict: Verdict) -> Prompt:
    said = asked.task.turn(SelfDebug.name, asked.problem, {"error": verdict.detail})
    return follow_up(asked.prompt, sample.text, said.text)


def follow_up(prompt: Prompt, answer: str, said: str) -> Prompt:
    """``prompt`` after ``answer``, and what is ``said`` to that."""
    messages = list(prompt.messages)
    if messages and messages[-1].role == "assistant":  # the prompt began the answer
        answer_message = Message("assistant", messages.pop().content + answer)
    else:
        answer_message = Message("assistant", answer)
    return Prompt(
        f"{prompt.text}{answer}\n\n{said}\n\n",
        (*messages, answer_message, Message("user", said)) if messages else (),
        prompt.stop,
        prompt.problem,
    )
