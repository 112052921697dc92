"""Direct: one request a problem."""

from __future__ import annotations

from collections.abc import Sequence

from codeupdate.strategies.protocol import Ask, Asked, Steps, ask
from codeupdate.tasks.protocol import Task
from codeupdate.types import Sample, Sampling

__all__ = ["Direct"]


class Direct:
    """Ask once and take the answer."""

    name = "direct"

    def check(self, task: Task) -> None:
        """Every problem can be asked."""

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        return samples
