"""MUSCLE: an adapter that learns the update and stays compatible with the model before it.

The compatibility loss (Echterhoff et al. 2024, arXiv 2407.09435) draws the tokens that a mask
chooses towards the old model, by a distillation term, and leaves the others to the new
knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.adapters import Adapter, continued
from codeupdate.editing.low_rank import LowRankSettings, low_rank
from codeupdate.editing.training import Tokens, completion_logits, lessons, tokenized, train
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(LowRankSettings):
    """``follow`` says which tokens follow the old model: all those that it has ``right``, or
    of these the ones that have ``regressed``, which the model in training has wrong."""

    weight: float = Field(1.0, ge=0)
    temperature: float = Field(1.0, gt=0)
    follow: Literal["right", "regressed"] = "right"


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    rows = tokenized(model, lessons(updates, replay, settings))
    config = low_rank(model, settings, "muscle")
    with continued(model, config, settings.seed) as added:
        objective = compatibility(model, added, settings)
        tokens = train(model.module, added.parameters, rows, objective, settings)
        yield added.change(tokens)


def compatibility(
    model: WeightedModel, added: Adapter, settings: Settings
) -> Callable[[Sequence[Tokens]], torch.Tensor]:
    """Cross-entropy of every completion token, and the distance from the old model's
    distribution at those that follow it."""
    import torch

    def objective(batch: Sequence[Tokens]) -> torch.Tensor:
        logits, labels = completion_logits(model.module, batch)
        loss = torch.nn.functional.cross_entropy(logits, labels)
        if settings.weight == 0:
            return loss
        with torch.no_grad(), added.off():
            old, _ = completion_logits(model.module, batch)
        followed = follows(old, logits, labels, settings.follow)
        apart = divergence(old, logits, settings.temperature)
        return loss + settings.weight * (apart * followed).mean()

    return objective


def follows(old: torch.Tensor, new: torch.Tensor, labels: torch.Tensor, which: str) -> torch.Tensor:
    """Which tokens (tokens,) are drawn to the old model; logits are (tokens, vocabulary)."""
    right = old.argmax(-1) == labels
    return right if which == "right" else right & (new.argmax(-1) != labels)


def divergence(old: torch.Tensor, new: torch.Tensor, temperature: float) -> torch.Tensor:
    """Kullback-Leibler divergence of ``new`` from ``old`` at each token (tokens,), both
    softened by ``temperature``; its square keeps the size of gradients (Hinton et al. 2015)."""
    import torch

    kept = torch.log_softmax(old / temperature, -1)
    moved = torch.log_softmax(new / temperature, -1)
    return temperature**2 * (kept.exp() * (kept - moved)).sum(-1)
