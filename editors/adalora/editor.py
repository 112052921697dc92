"""AdaLoRA: low-rank updates P·Λ·Q whose ranks are spent where they matter most.

Each update has the form of a singular value decomposition. Its triplets are scored while
they train, by the sensitivity of the loss to them, and the budget falls from the initial to
the final rank, averaged over all matrices: the triplets that score least lose their λ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field, ValidationInfo, field_validator

from codeupdate.editing import Change
from codeupdate.editing.adapters import configuration, continued
from codeupdate.editing.projections import Which
from codeupdate.editing.training import (
    Tokens,
    TrainingSettings,
    lessons,
    likelihood,
    tokenized,
    train,
    training_steps,
)
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(TrainingSettings):
    """Ranks are averages over all matrices. The budget stays at ``initial_rank`` for the share
    ``warmup`` of all steps, and at ``final_rank`` for the share ``settle`` at the end."""

    initial_rank: int = Field(12, ge=2)
    final_rank: int = Field(8, ge=1, validate_default=True)
    warmup: float = Field(0.1, ge=0, lt=1)
    settle: float = Field(0.3, ge=0, lt=1, validate_default=True)
    interval: int = Field(1, ge=1)  # steps between two allocations
    orthogonality: float = Field(0.5, ge=0)  # weight of the regularizer
    alpha: float = Field(32.0, gt=0)  # the product is scaled by alpha / initial_rank
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: Which = "all"

    @property
    def adapter_rank(self) -> int:
        return self.initial_rank

    @field_validator("final_rank")
    @classmethod
    def _below_the_initial(cls, rank: int, given: ValidationInfo) -> int:
        if rank >= given.data.get("initial_rank", rank + 1):
            raise ValueError("it must be smaller than initial_rank")
        return rank

    @field_validator("settle")
    @classmethod
    def _after_the_warmup(cls, settle: float, given: ValidationInfo) -> float:
        if settle + given.data.get("warmup", 0) >= 1:
            raise ValueError("with warmup it leaves no steps in which ranks are reduced")
        return settle


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    module = model.module
    rows = tokenized(model, lessons(updates, replay, settings))
    steps = training_steps(len(rows), settings)
    config = configuration(
        model,
        "adalora",
        settings.targets,
        kind="AdaLoraConfig",
        init_r=settings.initial_rank,
        target_r=settings.final_rank,
        tinit=int(settings.warmup * steps),
        tfinal=int(settings.settle * steps),
        deltaT=settings.interval,
        total_step=steps,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
    )
    with continued(model, config, settings.seed) as added:
        # peft hands the ranks that it counts, one a matrix, over to training in less than float32.
        for parameter in added.parameters:
            parameter.requires_grad_(parameter.ndim > 1)
        triplets = [p for p in added.parameters if p.requires_grad]
        tokens = train(
            module,
            triplets,
            rows,
            _regularized(likelihood(module), triplets, settings.orthogonality),
            settings,
            # peft counts steps from 1: at total_step - tfinal it fixes the ranks.
            after_step=lambda step: added.wrapped.base_model.update_and_allocate(step + 1),
        )
        yield added.change(tokens)


def _regularized(
    loss: Callable[[Sequence[Tokens]], torch.Tensor],
    triplets: Sequence[torch.nn.Parameter],
    weight: float,
) -> Callable[[Sequence[Tokens]], torch.Tensor]:
    """Adds the distance of singular vectors from orthonormal ones, ‖PᵀP - I‖ and ‖QQᵀ - I‖ in
    the Frobenius norm, averaged over all P and Q as in peft (equation 4 of the paper)."""
    import torch

    # (rank, inputs) and (outputs, rank); the λ are (rank, 1).
    vectors = [p if p.shape[0] < p.shape[1] else p.T for p in triplets if p.shape[1] > 1]

    def objective(batch: Sequence[Tokens]) -> torch.Tensor:
        distances = [
            torch.linalg.matrix_norm(v @ v.T - torch.eye(len(v), device=v.device)) for v in vectors
        ]
        return loss(batch) + weight * torch.stack(distances).mean()

    return objective
