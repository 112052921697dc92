"""S2FT: a few attention heads and MLP channels are fine-tuned, the rest of the model is not.

A head, or a channel of the MLP, couples rows of one weight with columns of the next. Of those
selected, the columns of the second train: of the attention's output projection those that read
a head, of the MLP's output projection those that read a channel. The gradient of these columns
needs what they read and nothing else, so that neither a gradient nor an optimizer state of a
whole weight ever exists.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator

from codeupdate.editing import Change
from codeupdate.editing.projections import attention_outputs, bare, mlp_outputs
from codeupdate.editing.saving import checkpoint
from codeupdate.editing.snapshots import restored
from codeupdate.editing.training import TrainingSettings, lessons, likelihood, tokenized, train
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


class Settings(TrainingSettings):
    """Shares of all heads and of all channels, over all blocks together. Defaults are those of
    the authors' commonsense experiments on Llama 3."""

    heads: float = Field(0.0, ge=0, le=1)
    channels: float = Field(0.03, ge=0, le=1)
    learning_rate: float = Field(2e-4, gt=0)
    batch_size: int = Field(16, ge=1)
    decay: bool = True
    epochs: int = Field(3, ge=1)

    @field_validator("channels")
    @classmethod
    def _something_trains(cls, channels: float, given: ValidationInfo) -> float:
        if channels == given.data.get("heads") == 0:
            raise ValueError("with heads 0 too, nothing would train")
        return channels


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    import torch

    module = model.module
    rows = tokenized(model, lessons(updates, replay, settings))
    selected = selection(model, settings)
    layers = [layer for layer, _ in selected]
    with restored([layer.weight for layer in layers]), ExitStack() as stack:
        changes = [stack.enter_context(trainable(layer, columns)) for layer, columns in selected]
        tokens = train(module, changes, rows, likelihood(module), settings)
        stack.close()  # from here on the weights themselves carry the change
        with torch.no_grad():
            for (layer, columns), change in zip(selected, changes, strict=True):
                layer.weight[:, columns] += change.to(layer.weight.dtype)
        yield Change(sum(c.numel() for c in changes), tokens, save=checkpoint(model))


def selection(model: WeightedModel, settings: Settings) -> list[tuple[Any, torch.Tensor]]:
    """The layers that train and which of their columns, drawn at random over all blocks
    (section 3.2 of the paper; the strategy that it uses throughout).

    Raises:
        EditError: a block's output projections cannot be found.
    """
    import torch

    draw, module = random.Random(settings.seed), model.module
    found = []
    for share, names, groups in (
        (settings.heads, attention_outputs, module.config.num_attention_heads),
        (settings.channels, mlp_outputs, None),
    ):
        if share == 0:
            continue
        layers = [bare(module.get_submodule(name)) for name in names(model)]
        # A group is what is selected as a whole: the columns of a head, or one channel.
        each = [(layer, group) for layer in layers for group in range(groups or layer.in_features)]
        chosen = sorted(draw.sample(range(len(each)), max(1, round(share * len(each)))))
        for layer in layers:
            width = layer.in_features // (groups or layer.in_features)
            columns = [
                group * width + offset
                for owner, group in map(each.__getitem__, chosen)
                if owner is layer
                for offset in range(width)
            ]
            if columns:
                found.append((layer, torch.tensor(columns, device=layer.weight.device)))
    return found


@contextmanager
def trainable(layer: Any, columns: torch.Tensor) -> Iterator[torch.nn.Parameter]:
    """What is to be added to the ``columns`` of a weight, (outputs, columns), from 0 on, as a
    dense parameter of its own, in force while it trains.

    The paper permutes the model so that these columns lie together; to gather what they read
    gives the same dense product, and the model stays as it is.
    """
    import torch

    weight = layer.weight
    change = torch.nn.Parameter(torch.zeros(len(weight), len(columns), device=weight.device))

    def add(module: Any, given: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        read = given[0].index_select(-1, columns)
        return output + torch.nn.functional.linear(read, change.to(read.dtype))

    hook = layer.register_forward_hook(add)
    try:
        yield change
    finally:
        hook.remove()
