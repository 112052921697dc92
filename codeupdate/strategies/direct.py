"""Direct: one request a problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codeupdate.models.protocol import Model
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["Direct"]


class Direct:
    """Ask once and take the answer."""

    name = "direct"

    def complete(
        self, model: Model, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        yield from model.batches(prompts, sampling)
