"""Fine-tuning: the weights themselves are trained, all of them or those of one projection.

=========  ======================================  =====================================
variant    what trains                             the loss is on
=========  ======================================  =====================================
full       every parameter                         all tokens of the completions
layer      the MLP's output projection, no weight  all tokens of the completions
(FT-L)     further than ``bound`` from its start
masked     the MLP's output projection             the tokens that are new to the model
(FT-M)
=========  ======================================  =====================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from codeupdate.editing import Change
from codeupdate.editing.projections import bare, blocks, mlp_outputs
from codeupdate.editing.saving import checkpoint
from codeupdate.editing.snapshots import restored
from codeupdate.editing.targets import targets
from codeupdate.editing.training import (
    Tokens,
    TrainingSettings,
    lessons,
    likelihood,
    tokenized,
    train,
)
from codeupdate.errors import EditError
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

if TYPE_CHECKING:
    import torch


#: The FT baselines of ROME and EasyEdit.
EDITING = {"learning_rate": 5e-4, "epochs": 25}


class Settings(TrainingSettings):
    """Rate and epochs follow the variant where they are not set. ``layers`` are blocks by
    number, from 0; by itself ``full`` trains all and the others the one at two thirds."""

    variant: Literal["full", "layer", "masked"] = "full"
    layers: tuple[int, ...] = ()
    bound: float = Field(5e-4, gt=0)  # of the change of each weight, in the variant layer

    @model_validator(mode="before")
    @classmethod
    def _as_published(cls, given: dict[str, object]) -> dict[str, object]:
        full = given.get("variant", "full") == "full"
        published = {"learning_rate": 2e-5, "epochs": 3} if full else EDITING
        return {**published, **given}


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    module = model.module
    rows = what_is_learned(model, updates, replay, settings)
    parameters = _parameters(model, settings)
    with restored(parameters):
        start = [p.detach().clone() for p in parameters] if settings.variant == "layer" else []
        tokens = train(
            module,
            parameters,
            rows,
            likelihood(module),
            settings,
            constrain=_within(start, settings.bound) if start else None,
        )
        for number, before in enumerate(start):
            parameters[number].data.copy_(_inside(parameters[number], before, settings.bound))
        yield Change(sum(p.numel() for p in parameters), tokens, save=checkpoint(model))


def what_is_learned(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> list[Tokens]:
    """What is learned. Masked, of an example only what the model would not write by itself,
    after what comes before it; of the others only what must not change."""
    if settings.variant != "masked":
        return tokenized(model, lessons(updates, replay, settings))
    new = targets(model, lessons(updates, (), settings))
    if not new:
        raise EditError(
            f"'{model.name}' already writes every example of the updates by itself, so there is "
            "nothing to learn; use --set variant=layer to train on whole completions"
        )
    kept = tokenized(model, replay[: settings.replay])
    return [*(Tokens(target.ids, target.start) for target in new), *kept]


def _parameters(model: WeightedModel, settings: Settings) -> list[torch.nn.Parameter]:
    """What trains. A tensor that two modules share, like tied embeddings, is there once."""
    module, stack = model.module, blocks(model)
    wrong = [number for number in settings.layers if not 0 <= number < len(stack)]
    if wrong:
        raise EditError(
            f"'{model.name}' has no layer {wrong[0]}; its layers are 0 to {len(stack) - 1}"
        )
    if settings.variant == "full":
        chosen = [stack[number] for number in settings.layers]
        found = [
            parameter
            for name, parameter in module.named_parameters()
            if not chosen or any(name.startswith(f"{block}.") for block in chosen)
        ]
        if not all(parameter.dtype.is_floating_point for parameter in found):
            raise EditError(
                f"the weights of '{model.name}' are quantized, and fine-tuning changes them; "
                "load it in float32, bfloat16 or float16"
            )
        return found
    outputs = mlp_outputs(model)
    numbers = settings.layers or (2 * len(stack) // 3,)
    return [bare(module.get_submodule(outputs[number])).weight for number in sorted(set(numbers))]


def _within(
    start: Sequence[torch.Tensor], bound: float
) -> Callable[[Sequence[torch.Tensor]], None]:
    """The L∞ constraint of Zhu et al. 2020 (arXiv 2012.00363): project onto the box around
    ``start`` after each step."""
    boxes = [
        tuple(_inside((before.double() + edge).float(), before, bound) for edge in (-bound, bound))
        for before in start
    ]

    def constrain(values: Sequence[torch.Tensor]) -> None:
        for value, (low, high) in zip(values, boxes, strict=True):
            value.clamp_(low, high)

    return constrain


def _inside(values: torch.Tensor, start: torch.Tensor, bound: float) -> torch.Tensor:
    """``values``, where rounding has left them outside of the box the next ones inside."""
    import torch

    outside = (values.double() - start.double()).abs() > bound
    return torch.where(outside, torch.nextafter(values, start.to(values.dtype)), values)
