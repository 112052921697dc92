"""AlphaEdit: MEMIT within the null space of the keys whose answers are to be preserved.

C = E[k kᵀ] has directions in which hardly any key of other texts points: eigenvectors with
eigenvalues below ``threshold``, the columns of U. A change ΔW = Z Uᵀ leaves what the
projection answers to all other keys as it is. Within those changes (AlphaEdit, equation 14,
with P = U Uᵀ written out)::

    Z = R Kᵀ U (Uᵀ (K Kᵀ + Kₚ Kₚᵀ) U + γ I)⁻¹

K and R are the keys and residuals of the facts to be stored, Kₚ the keys of those that
earlier edits in force have stored: independent edits know nothing of each other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from codeupdate.editing import Change, earlier
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

log = logging.getLogger(__name__)


class Settings(ValueSettings, CovarianceSettings):
    """Defaults are those of the paper's Llama 3 8B."""

    layers: tuple[Annotated[int, Field(ge=0)], ...] = Field((4, 5, 6, 7, 8), min_length=1)
    steps: int = Field(25, ge=2)  # the last one only looks
    learning_rate: float = Field(0.1, gt=0)
    clamp: float = Field(0.75, gt=0)
    threshold: float = Field(0.02, gt=0)  # eigenvalues of C below it span the null space
    ridge: float = Field(10.0, gt=0)  # γ


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    layers = chosen(model, settings.layers)
    known = statistics(model, layers, settings)
    free = {layer: null_space(known.covariance[layer], settings.threshold) for layer in layers}
    for layer, directions in free.items():
        width, dimensions = directions.shape
        log.info("layer %d: the null space has %d of %d dimensions", layer, dimensions, width)
    stored = dict(_stored(model))

    def solve(
        layer: int, keys: torch.Tensor, residuals: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        preserved = stored.get(layer, 0.0) + others
        return projected_change(keys, residuals, free[layer], preserved, settings.ridge)

    weights = [projections(model)[layer].weight for layer in layers]
    with restored(weights):
        tokens = 0
        for _ in range(settings.rounds):
            new = facts(model, updates, contexts=settings.contexts, split=settings.split)
            taught = values(model, new, layers[-1], settings)
            products = spread(model, taught, layers, solve, settings.beside)
            for layer, product in products.items():
                stored[layer] = stored[layer] + product if layer in stored else product
            tokens += sum(value.tokens for _, value in taught)
        yield Change(
            parameters=sum(weight.numel() for weight in weights) if tokens else 0,
            tokens=tokens,
            save=checkpoint(model),
            carry=Carry(known, settings, stored),
            depends=known.depends,
        )


def _stored(model: WeightedModel) -> Mapping[int, torch.Tensor]:
    """Kₚ Kₚᵀ of the edits in force, by layer. Those of other methods carry no keys."""
    carries = (change.carry for change in earlier(model) if isinstance(change.carry, Carry))
    return next((carry.keys for carry in carries if carry.keys), {})


def null_space(covariance: torch.Tensor, threshold: float) -> torch.Tensor:
    """The eigenvectors U [in, m] of C whose eigenvalues are below ``threshold``.

    Raises:
        EditError: there are none.
    """
    import torch

    values, vectors = torch.linalg.eigh(covariance.double())
    free = vectors[:, values < threshold]
    if free.shape[1] == 0:
        raise EditError(
            f"no eigenvalue of the key covariance is below {threshold:g} (the least is "
            f"{float(values[0]):.3g}), so there is no null space to edit in; raise it with --set "
            "threshold=X ('codeupdate editing stats' lists the eigenvalues)"
        )
    return free


def projected_change(
    keys: torch.Tensor,
    residuals: torch.Tensor,
    free: torch.Tensor,
    stored: torch.Tensor | None,
    ridge: float,
) -> torch.Tensor:
    """The ΔW = Z Uᵀ [out, in] that minimizes ‖ΔW K - R‖² + ‖ΔW Kₚ‖² + γ ‖ΔW‖² for ``keys`` K
    [in, n], ``residuals`` R [out, n], ``free`` U [in, m] and ``stored`` Kₚ Kₚᵀ [in, in]."""
    import torch

    k, r = free.T @ keys.double(), residuals.double()
    system = k @ k.T + ridge * torch.eye(k.shape[0], dtype=torch.float64)
    if stored is not None:
        system += free.T @ stored @ free
    return torch.linalg.solve(system, k @ r.T).T @ free.T
