"""A low-rank adapter trained beside the weights: what the methods that end in one share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from codeupdate.editing.adapters import adapter, configuration
from codeupdate.editing.projections import Which, linear_projections
from codeupdate.editing.training import TrainingSettings, likelihood, tokenized, train
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example

if TYPE_CHECKING:
    import torch

__all__ = ["Delta", "Deltas", "LowRankSettings", "learned_apart", "low_rank"]


class LowRankSettings(TrainingSettings):
    """How large the adapter is and where it goes (Hu et al. 2021, arXiv 2106.09685)."""

    rank: int = Field(8, ge=1)
    alpha: float = Field(16.0, gt=0)  # the product is scaled by alpha / rank
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: Which = "all"

    @property
    def adapter_rank(self) -> int:
        """Of what is saved; 0 where that is no low-rank product. For who makes room for it."""
        return self.rank


def low_rank(
    model: WeightedModel, settings: LowRankSettings, editor: str, **options: object
) -> Any:
    """The configuration of peft for such an adapter; ``options`` of peft beyond or instead of
    what ``settings`` say.

    Raises:
        MissingExtra: peft is not installed.
        EditError: the model has no projections that could be found.
    """
    chosen: dict[str, Any] = {
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "lora_dropout": settings.dropout,
    }
    return configuration(model, editor, settings.targets, **{**chosen, **options})


@dataclass(frozen=True, slots=True)
class Delta:
    """What one adapter adds to the weight of one matrix: ``left @ right``."""

    left: torch.Tensor  # (outputs, rank), scaled
    right: torch.Tensor  # (rank, inputs)

    def whole(self) -> torch.Tensor:
        return self.left @ self.right


#: Name of a matrix → what is added to its weight.
Deltas = Mapping[str, Delta]


def learned_apart(
    model: WeightedModel, examples: Sequence[Example], settings: LowRankSettings, editor: str
) -> tuple[Deltas, int]:
    """What an adapter learns of ``examples`` alone, taken off again, and how many tokens it saw.

    Raises:
        MissingExtra: peft is not installed.
        EditError: the model has no projections that could be found.
    """
    module, rows = model.module, tokenized(model, examples)
    config = low_rank(model, settings, editor)
    with adapter(module, config, settings.seed) as added:
        tokens = train(module, added.parameters, rows, likelihood(module), settings)
        deltas = {
            name: _delta(module.get_submodule(name), added.name)
            for name in linear_projections(model, settings.targets)
        }
    return deltas, tokens


def _delta(layer: Any, adapter_name: str) -> Delta:
    right = layer.lora_A[adapter_name].weight.detach().float().clone()
    left = layer.lora_B[adapter_name].weight.detach().float() * layer.scaling[adapter_name]
    # Some layers, those of GPT-2, keep their weight the other way round.
    return Delta(right.T, left.T) if layer.fan_in_fan_out else Delta(left, right)
