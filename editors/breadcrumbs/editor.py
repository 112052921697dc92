"""Model breadcrumbs: of each update's delta, matrix by matrix, neither the smallest nor the
largest numbers; the sum of what is left moves the weights (Davari and Belilovsky 2023,
arXiv 2312.06795).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.merging import MergeSettings, merge_into
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(MergeSettings):
    """``smallest`` and ``largest`` are the shares of a delta's numbers that are masked at
    either end (the paper's gamma and beta), ``scale`` is its alpha."""

    smallest: float = Field(0.09, ge=0, lt=1)
    largest: float = Field(0.01, ge=0, lt=1)


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    def rule(deltas: Sequence[torch.Tensor], number: int) -> torch.Tensor:
        total = masked(deltas[0], settings.smallest, settings.largest)
        for delta in deltas[1:]:
            total = total + masked(delta, settings.smallest, settings.largest)
        return total

    with merge_into(model, updates, replay, settings, "breadcrumbs", rule) as change:
        yield change


def masked(delta: torch.Tensor, smallest: float, largest: float) -> torch.Tensor:
    """``delta`` with zeros where its ``smallest`` and its ``largest`` share of numbers by
    magnitude stood, rounded to whole numbers of places."""
    count = delta.numel()
    order = delta.abs().reshape(-1).argsort()
    kept = delta.clone().reshape(-1)
    kept[order[: round(smallest * count)]] = 0
    kept[order[count - round(largest * count) :]] = 0
    return kept.reshape(delta.shape)
