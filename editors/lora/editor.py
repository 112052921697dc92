"""LoRA: to each chosen matrix W a product B·A of low rank is added, and only that trains.

The adapter stays beside the weights and is never merged into them: W itself is not
written to, and in low precision a merged adapter is not the one that was trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.adapters import adapter
from codeupdate.editing.projections import Which, linear_projections
from codeupdate.editing.training import TrainingSettings, lessons, likelihood, tokenized, train
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(TrainingSettings):
    """Defaults are those of CodeUpdateArena's fine-tuning arms."""

    rank: int = Field(8, ge=1)
    alpha: float = Field(1.0, gt=0)  # the product is scaled by alpha / rank
    dropout: float = Field(0.1, ge=0, lt=1)
    targets: Which = "query-value"


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise MissingExtra("the editor 'lora'", "peft", "training") from error

    rows = tokenized(model, lessons(updates, replay, settings))
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=linear_projections(model, settings.targets),
    )
    with adapter(model.module, config, settings.seed) as added:
        tokens = train(model.module, added.parameters, rows, likelihood(model.module), settings)
        yield Change(sum(p.numel() for p in added.parameters), tokens, save=added.save)
