"""What a strategy is to the rest of the suite: how a prompt becomes a completion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from codeupdate.models.protocol import Model
from codeupdate.types import Prompt, Sample, Sampling

__all__ = ["Strategy"]


class Strategy(Protocol):
    """One way of asking a model."""

    name: str

    def complete(
        self, model: Model, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        """Complete every prompt ``sampling.n`` times; the contract of ``Model.batches``."""
        ...
