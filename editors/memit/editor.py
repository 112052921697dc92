"""MEMIT: many facts at once, as changes of several MLP output projections in closed form.

For the keys K and the residuals R of all facts, one column each, a projection changes by
(MEMIT, equation 14)::

    ΔW = R Kᵀ (λ C + K Kᵀ)⁻¹

the least-squares solution that weighs what the projection answers otherwise, C = E[k kᵀ], λ
times as much as a fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.covariance import Carry, CovarianceSettings, statistics
from codeupdate.editing.hooks import chosen, projections
from codeupdate.editing.saving import checkpoint
from codeupdate.editing.snapshots import restored
from codeupdate.editing.spreading import spread, values
from codeupdate.editing.targets import facts
from codeupdate.editing.values import ValueSettings
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(ValueSettings, CovarianceSettings):
    """Defaults are those of the paper's GPT-J."""

    layers: tuple[Annotated[int, Field(ge=0)], ...] = Field((3, 4, 5, 6, 7, 8), min_length=1)
    steps: int = Field(25, ge=2)  # the last one only looks
    clamp: float = Field(0.75, gt=0)
    preservation: float = Field(15_000.0, gt=0)  # λ


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    layers = chosen(model, settings.layers)
    known = statistics(model, layers, settings)

    def solve(
        layer: int, keys: torch.Tensor, residuals: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        preserved = known.covariance[layer] + others
        return batch_change(keys, residuals, preserved, settings.preservation)

    weights = [projections(model)[layer].weight for layer in layers]
    with restored(weights):
        tokens = 0
        for _ in range(settings.rounds):
            new = facts(model, updates, contexts=settings.contexts, split=settings.split)
            taught = values(model, new, layers[-1], settings)
            spread(model, taught, layers, solve, settings.beside)
            tokens += sum(value.tokens for _, value in taught)
        yield Change(
            parameters=sum(weight.numel() for weight in weights) if tokens else 0,
            tokens=tokens,
            save=checkpoint(model),
            carry=Carry(known, settings, {}),
            depends=known.depends,
        )


def batch_change(
    keys: torch.Tensor, residuals: torch.Tensor, covariance: torch.Tensor, preservation: float
) -> torch.Tensor:
    """The ΔW [out, in] that minimizes ‖ΔW K - R‖² + λ tr(ΔW C ΔWᵀ) for ``keys`` K [in, n] and
    ``residuals`` R [out, n].

    Raises:
        EditError: the covariance is singular.
    """
    import torch

    k, r = keys.double(), residuals.double()
    factor, failed = torch.linalg.cholesky_ex(preservation * covariance.double() + k @ k.T)
    if failed:
        raise EditError(
            "the key covariance is singular: it was taken over too few tokens, or over texts "
            "that are too much alike; use more (--set tokens=N) or another corpus"
        )
    return torch.cholesky_solve(k @ r.T, factor).T
