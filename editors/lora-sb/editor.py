"""LoRA-SB: an update U·R·Vᵀ within the subspace of the first step of full fine-tuning.

The first step that full fine-tuning would take is computed once for every chosen matrix. Its
best approximation of rank r, the first r singular triplets, is where the update starts; its
singular vectors, U and V, stay as they are, and only the r x r matrix R between them trains.
Because they are orthonormal, a gradient step on R is the projection of a full step, and there
is no scaling factor to choose.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.adapters import adapter, configuration, folded, last_adapter
from codeupdate.editing.projections import Which, bare, linear_projections
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
    """Defaults are those of the authors' commonsense experiments."""

    rank: int = Field(96, ge=1)
    targets: Which = "all"
    gradient_examples: int = Field(170, ge=1)  # that the first step is computed on
    warmup: float = Field(0.02, gt=0, le=1)  # the first step's rate is the first of a warm-up
    learning_rate: float = Field(2e-3, gt=0)
    epochs: int = Field(2, ge=1)

    @property
    def adapter_rank(self) -> int:
        return self.rank


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    module = model.module
    rows = tokenized(model, lessons(updates, replay, settings))
    names = linear_projections(model, settings.targets)
    rate = settings.learning_rate / max(1.0, settings.warmup * training_steps(len(rows), settings))
    config = configuration(
        model,
        "lora-sb",
        settings.targets,
        r=settings.rank,
        lora_alpha=settings.rank,  # so that peft's scaling is 1
        lora_dropout=0.0,
    )
    # The subspace is new with each edit. So that a later one costs what the first did, the
    # weights carry the adapters of the edits right below it meanwhile.
    with folded(module, last_adapter(model, config)) as fold:
        first = first_step(model, names, rows, rate, settings)
        with adapter(module, config, settings.seed, fold=fold) as added:
            layers = [module.get_submodule(name) for name in names]
            cores = [
                _start(layer, added.name, first.pop(name))
                for name, layer in zip(names, layers, strict=True)
            ]
            with ExitStack() as between:
                for layer, core in zip(layers, cores, strict=True):
                    between.enter_context(_between(layer, added.name, core))
                tokens = train(module, cores, rows, likelihood(module), settings)
            for layer, core in zip(layers, cores, strict=True):
                _fold(layer, added.name, core)
            yield added.change(tokens)


def first_step(
    model: WeightedModel,
    names: Sequence[str],
    rows: Sequence[Tokens],
    rate: float,
    settings: Settings,
) -> dict[str, torch.Tensor]:
    """What the first step of AdamW on all of the weights ``names`` would add to each: before
    there is any momentum, that is the rate against the sign of the gradient (section 3.3)."""
    import torch

    module = model.module
    weights = [bare(module.get_submodule(name)).weight for name in names]
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    for weight in weights:
        weight.requires_grad_(True)
    number = min(settings.gradient_examples, len(rows))
    chosen = random.Random(settings.seed).sample(list(rows), number)
    chosen.sort(key=len)
    loss = likelihood(module)
    with torch.enable_grad():
        for start in range(0, number, settings.batch_size):
            batch = chosen[start : start + settings.batch_size]
            (loss(batch) * len(batch) / number).backward()
    steps = {}
    for name, weight in zip(names, weights, strict=True):
        steps[name] = -rate * weight.grad.float().sign()
        weight.grad = None
    return steps


def best_approximation(
    matrix: torch.Tensor, rank: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """B (outputs, rank), R (rank, rank), A (rank, inputs), whose product no matrix of that rank
    is nearer to ``matrix`` than (Eckart and Young 1936). The columns of B and the rows of A are
    orthonormal; R has the singular values."""
    import torch

    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    return u[:, :rank], torch.diag(s[:rank]), vh[:rank]


def _start(layer: Any, name: str, step: torch.Tensor) -> torch.nn.Parameter:
    """Freeze A and B of the adapter ``name`` at the singular vectors of ``step``; return R."""
    import torch

    a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
    left, core, right = best_approximation(step.T if layer.fan_in_fan_out else step, len(a))
    rank = len(core)  # a small matrix has fewer triplets; what is left of the adapter stays 0
    with torch.no_grad():
        a.zero_()
        b.zero_()
        a[:rank], b[:, :rank] = right, left
    padding = len(a) - rank
    return torch.nn.Parameter(torch.nn.functional.pad(core, (0, padding, 0, padding)))


@contextmanager
def _between(layer: Any, name: str, core: torch.nn.Parameter) -> Iterator[None]:
    """Let ``layer`` compute B·R·A·x in place of B·A·x."""
    import torch

    hook = layer.lora_A[name].register_forward_hook(
        lambda module, given, output: torch.nn.functional.linear(output, core)
    )
    try:
        yield
    finally:
        hook.remove()


def _fold(layer: Any, name: str, core: torch.nn.Parameter) -> None:
    """B·R becomes B: what is left is an adapter like any other."""
    import torch

    with torch.no_grad():
        b = layer.lora_B[name].weight
        b.copy_(b @ core)
