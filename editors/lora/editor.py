"""LoRA: to each chosen matrix W a product B·A of low rank is added, and only that trains.

The adapter stays beside the weights and is never merged into them: W itself is not
written to, and in low precision a merged adapter is not the one that was trained.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from codeupdate.editing import Change
from codeupdate.editing.projections import Which, linear_projections
from codeupdate.editing.training import Learn, Schedule, lessons, train
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update

Save = Callable[[Path], None]


class Settings(BaseModel):
    """Defaults are those of CodeUpdateArena's fine-tuning arms."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(8, ge=1)
    alpha: float = Field(1.0, gt=0)  # the product is scaled by alpha / rank
    dropout: float = Field(0.1, ge=0, lt=1)
    targets: Which = "query-value"
    learn: Learn = "examples"
    examples: int | None = Field(None, ge=1)  # at most so many an update; None: all
    replay: int = Field(0, ge=0)  # so many examples of what must not change
    learning_rate: float = Field(1e-3, gt=0)
    decay: bool = False
    epochs: int = Field(10, ge=1)
    max_steps: int | None = Field(None, ge=1)
    batch_size: int = Field(1, ge=1)
    seed: int = 0


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise MissingExtra("the editor 'lora'", "peft", "training") from error

    taught = lessons(updates, settings.learn, settings.examples)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=linear_projections(model, settings.targets),
    )
    schedule = Schedule(
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        max_steps=settings.max_steps,
        batch_size=settings.batch_size,
        decay=settings.decay,
        seed=settings.seed,
    )
    with _adapter(model.module, config, settings.seed) as (added, save):
        tokens = train(model, added, [*taught, *replay[: settings.replay]], schedule)
        yield Change(
            parameters=sum(parameter.numel() for parameter in added), tokens=tokens, save=save
        )


@contextmanager
def _adapter(module: Any, config: Any, seed: int) -> Iterator[tuple[list[Any], Save]]:
    """Add an adapter beside those that are there; give its parameters and a way to save.

    peft's own ``unload`` takes all adapters off at once; nested edits need the last one off.
    """
    import torch
    from peft import PeftModel

    below = _adapters(module)
    name = f"edit{len(below)}" if below else "default"  # the one that is saved at the top
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            torch.manual_seed(seed)
            warnings.filterwarnings("ignore", "Already found a `peft_config`")  # on purpose
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`")  # between the two
            wrapped = PeftModel(module, config, adapter_name=name)
        added = []
        for parameter_name, parameter in module.named_parameters():
            parameter.requires_grad_(f".{name}." in parameter_name)
            if parameter.requires_grad:
                added.append(parameter)
        for _, layer in _layers(module):
            layer._active_adapter = [*below, name]  # set_adapter() would make them all train

        def save(path: Path) -> None:
            wrapped.save_pretrained(str(path))

        yield added, save
    finally:
        for layer_name, layer in _layers(module):
            if below:
                layer.delete_adapter(name)
                layer._active_adapter = list(below)
            else:
                parent, _, child = layer_name.rpartition(".")
                setattr(module.get_submodule(parent), child, layer.get_base_layer())
        if below:
            module.peft_config.pop(name, None)
        elif hasattr(module, "peft_config"):
            del module.peft_config


def _layers(module: Any) -> list[tuple[str, Any]]:
    from peft.tuners.tuners_utils import BaseTunerLayer

    return [
        (name, part) for name, part in module.named_modules() if isinstance(part, BaseTunerLayer)
    ]


def _adapters(module: Any) -> list[str]:
    layers = _layers(module)
    return list(layers[0][1].active_adapters) if layers else []
