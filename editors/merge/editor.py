"""Merging: an adapter for each update, trained apart, and one change of the weights of all.

``linear`` sums the deltas (Ilharco et al. 2023, arXiv 2212.04089). ``ties`` keeps of each the
largest numbers, elects a sign for every place and averages those that have it (Yadav et al.
2023, arXiv 2306.01708). ``dare`` drops numbers at random, makes up for them by enlarging the
others, and sums (Yu et al. 2024, arXiv 2311.03099). PEFT does the arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.merging import MergeSettings, Rule, merge_into
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch

DENSITY = {"ties": 0.2, "dare": 0.1}  # of the two papers


class Settings(MergeSettings):
    """``density`` is the share of each delta's numbers that stays: by default a fifth with
    ``ties`` and a tenth with ``dare``; ``linear`` keeps all."""

    method: Literal["linear", "ties", "dare"] = "ties"
    density: float | None = Field(None, gt=0, lt=1)


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    with merge_into(model, updates, replay, settings, "merge", rule(settings)) as change:
        yield change


def rule(settings: Settings) -> Rule:
    """What merges the deltas of one matrix.

    Raises:
        MissingExtra: peft is not installed.
    """
    try:
        from peft.utils import merge_utils
    except ImportError as error:
        raise MissingExtra("the editor 'merge'", "peft", "training") from error

    import torch

    def merge(deltas: Sequence[torch.Tensor], number: int) -> torch.Tensor:
        tensors, weights = list(deltas), torch.ones(len(deltas), device=deltas[0].device)
        if settings.method == "linear":
            return merge_utils.task_arithmetic(tensors, weights)
        density = settings.density or DENSITY[settings.method]
        if settings.method == "ties":
            return merge_utils.ties(tensors, weights, density)
        # The numbers that one update loses in a matrix are the same, however many come after it.
        with torch.random.fork_rng():
            torch.manual_seed(1_000_003 * settings.seed + number)
            return merge_utils.dare_linear(tensors, weights, density)

    return merge
