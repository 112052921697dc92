"""ROME: a new fact becomes one change of rank one of one MLP output projection.

The projection W is seen as a memory that holds a value v for every key k. To store a new
value v* for k* with the least change of what W answers otherwise (ROME, equation 2)::

    W' = W + (v* - W k*) (C⁻¹ k*)ᵀ / (k*ᵀ C⁻¹ k*),      C = E[k kᵀ] over other texts
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.covariance import Carry, CovarianceSettings, statistics
from codeupdate.editing.hooks import chosen, projections
from codeupdate.editing.keys import at_keys, beside_keys
from codeupdate.editing.saving import checkpoint
from codeupdate.editing.snapshots import restored
from codeupdate.editing.targets import facts
from codeupdate.editing.values import ValueSettings, optimise
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(ValueSettings, CovarianceSettings):
    """Defaults are those of the paper's GPT-J."""

    layer: int = Field(5, ge=0)


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    import torch

    [layer] = chosen(model, [settings.layer])
    known = statistics(model, [layer], settings)
    projection = projections(model)[layer]
    weight, tokens = projection.weight, 0
    with restored([weight]):
        for _ in range(settings.rounds):
            # One after the other: each sees what those before it have changed.
            for contexts in facts(model, updates, contexts=settings.contexts, split=settings.split):
                value = optimise(model, projection, contexts, settings)
                keys, _ = at_keys(model, contexts, reads=projection, writes=projection)
                others = known.covariance[layer]
                if settings.beside:
                    others = others + settings.beside * beside_keys(model, contexts, projection)
                change = rank_one(keys.mean(0), value.delta, others)
                with torch.no_grad():
                    weight.copy_((weight.double() + change.to(weight.device)).to(weight.dtype))
                tokens += value.tokens
        carry = Carry(known, settings, {})
        parameters = weight.numel() if tokens else 0
        yield Change(parameters, tokens, save=checkpoint(model), carry=carry, depends=known.depends)


def rank_one(key: torch.Tensor, delta: torch.Tensor, covariance: torch.Tensor) -> torch.Tensor:
    """The change of W [out, in] that adds ``delta`` [out] to its answer to ``key`` [in], and of
    all such changes has the least tr(ΔW C ΔWᵀ).

    Raises:
        EditError: the covariance is singular.
    """
    import torch

    factor, failed = torch.linalg.cholesky_ex(covariance.double())
    if failed:
        raise EditError(
            "the key covariance is singular: it was taken over too few tokens, or over texts "
            "that are too much alike; use more (--set tokens=N) or another corpus"
        )
    direction = torch.cholesky_solve(key.double()[:, None], factor)[:, 0]
    return torch.outer(delta.double().cpu(), direction / (key.double() @ direction))
