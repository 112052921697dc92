"""Models that do not think: answers that are known before they are asked for.

``reference`` gives the task's own solutions, ``recorded:PATH`` completions in the form in
which a benchmark's authors publish outputs; see :mod:`codeupdate.models.recordings`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from codeupdate.errors import ModelError
from codeupdate.models.generating import Generates
from codeupdate.types import Problem, Prompt, Sample, Sampling

__all__ = ["AnswerBook", "reference"]


class AnswerBook(Generates):
    """A model that looks its completions up by ``Prompt.problem``.

    A problem without answers is answered with nothing, for the reason ``missing``.
    ``repeats``: a single answer stands for as many samples as are asked for.
    """

    def __init__(
        self, name: str, answers: Mapping[str, Sequence[str]], *, repeats: bool = False
    ) -> None:
        self.name = name
        self._answers = answers
        self._repeats = repeats
        content = json.dumps({key: list(value) for key, value in answers.items()}, sort_keys=True)
        self._fingerprint = hashlib.sha256(content.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def problems(self) -> frozenset[str]:
        """The ids of the problems that have answers."""
        return frozenset(self._answers)

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """The known answers, one tuple a prompt; token counts are not known and are 0.

        Raises:
            ModelError: a problem has answers, but fewer than ``sampling.n``.
        """
        for number, prompt in enumerate(prompts):
            answers = self._answers.get(prompt.problem)
            if answers is None:
                yield tuple(Sample(number, i, "", 0, 0, "missing") for i in sampling.indices)
                continue
            if self._repeats:
                answers = [answers[0]] * sampling.n
            if len(answers) < sampling.n:
                raise ModelError(
                    f"'{self.name}' has {len(answers)} answers for the problem "
                    f"'{prompt.problem}' and {sampling.n} are asked for; use -n {len(answers)}"
                )
            yield tuple(
                Sample(number, index, answers[index], 0, 0, "stop") for index in sampling.indices
            )


def reference(problems: Sequence[Problem]) -> AnswerBook:
    """The model that answers every one of ``problems`` with its reference solution."""
    return AnswerBook(
        "reference", {problem.id: [problem.reference] for problem in problems}, repeats=True
    )
