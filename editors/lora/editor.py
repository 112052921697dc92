"""LoRA: to each chosen matrix W a product B·A of low rank is added, and only that trains.

The adapter stays beside the weights and is never merged into them: W itself is not
written to, and in low precision a merged adapter is not the one that was trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.adapters import continued
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.projections import Which, linear_projections
from codeupdate.editing.training import lessons, likelihood, tokenized, train
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(LowRankSettings):
    """Defaults are those of CodeUpdateArena's fine-tuning arms."""

    variant: Literal["lora", "rslora", "dora", "pissa"] = "lora"
    alpha: float = Field(1.0, gt=0)  # in rslora the product is scaled by alpha / √rank
    dropout: float = Field(0.1, ge=0, lt=1)
    targets: Which = "query-value"

    @property
    def adapter_rank(self) -> int:
        return {"dora": 0, "pissa": 2 * self.rank}.get(self.variant, self.rank)


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    module = model.module
    rows = tokenized(model, lessons(updates, replay, settings))
    # PiSSA's trained half and the half that takes its start away again.
    halves = 2 if settings.variant == "pissa" else 1
    config = low_rank(
        model,
        settings,
        "lora",
        r=halves * settings.rank,
        lora_alpha=halves * settings.alpha,
        use_rslora=settings.variant == "rslora",
        use_dora=settings.variant == "dora",
    )
    with continued(model, config, settings.seed) as added:
        constrain = None
        if settings.variant == "pissa":
            layers = [
                module.get_submodule(name) for name in linear_projections(model, settings.targets)
            ]
            if not added.continues:
                _start_at_principal(layers, added.name, settings.rank)
            constrain = _second_half(layers, added.name, settings.rank)
        tokens = train(
            module, added.parameters, rows, likelihood(module), settings, constrain=constrain
        )
        yield added.change(tokens)


def _start_at_principal(layers: Sequence[Any], name: str, rank: int) -> None:
    """Start the adapter ``name`` at the principal singular triplets of each weight (PiSSA, Meng
    et al. 2024, arXiv 2404.02948).

    PiSSA trains B·A, which starts at B₀·A₀, and lets W - B₀·A₀ stay: W - B₀·A₀ + B·A in all.
    Here that is W + [B, -B₀]·[A; A₀], an adapter of twice the rank, which is what peft turns
    PiSSA into when it saves it: W is never written to, and the residual never rounded.
    """
    import torch

    with torch.no_grad():
        for layer in layers:
            a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
            weight = layer.get_base_layer().weight.detach().float()
            u, s, vh = torch.linalg.svd(
                weight.T if layer.fan_in_fan_out else weight, full_matrices=False
            )
            root = (s[:rank] / layer.scaling[name]).sqrt()
            rows, columns = root[:, None] * vh[:rank], u[:, :rank] * root
            # In a matrix smaller than 2·rank there are fewer triplets than the adapter has room.
            found = len(root)
            a.zero_(), b.zero_()
            a[:found], a[rank : rank + found] = rows, rows
            b[:, :found], b[:, rank : rank + found] = columns, -columns


def _second_half(
    layers: Sequence[Any], name: str, rank: int
) -> Callable[[Sequence[torch.Tensor]], None]:
    """What holds the second half of the adapter ``name``, -B₀ and A₀, where it is."""
    held = []
    for layer in layers:
        a, b = layer.lora_A[name].weight.detach(), layer.lora_B[name].weight.detach()
        held += [a[rank:].clone(), b[:, rank:].clone()]

    def constrain(values: Sequence[torch.Tensor]) -> None:
        for value, kept in zip(values, held, strict=True):
            if value.shape[1:] == kept.shape[1:]:
                value[rank:] = kept
            else:
                value[:, rank:] = kept

    return constrain
