"""SimPO: the updated completion is to beat the outdated one by a margin, token for token.

The loss of a pair is −log σ(β/|chosen| log π(chosen|x) − β/|rejected| log π(rejected|x) − γ)
(Meng et al. 2024, arXiv 2405.14734, equation 6). There is no reference model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.preferences import (
    Loss,
    Pair,
    PreferenceSettings,
    labelled,
    loss_of,
    prefer,
    quietly,
    trl_trainer,
)
from codeupdate.errors import MissingExtra
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(PreferenceSettings):
    """Defaults are the paper's, but the rate, which is for an adapter and ten times that of
    the paper's full tuning. ``sft_weight`` adds the likelihood of what is preferred
    (CPO-SimPO, TRL's ``cpo_alpha``)."""

    learning_rate: float = Field(1e-5, gt=0)
    epochs: int = Field(3, ge=1)
    batch_size: int = Field(8, ge=1)
    beta: float = Field(2.0, gt=0)
    gamma: float = Field(1.0, ge=0)
    sft_weight: float = Field(0.0, ge=0)


@contextmanager
def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> Iterator[Change]:
    def loss(pairs: Sequence[Pair]) -> Any:
        return simpo_loss(model, pairs, settings)

    with prefer(model, updates, replay, settings, "simpo", loss) as change:
        yield change


@contextmanager
def simpo_loss(model: WeightedModel, pairs: Sequence[Pair], settings: Settings) -> Iterator[Loss]:
    """The loss of batches of ``pairs``."""
    trainer_class, config = _trl()
    with trl_trainer(
        trainer_class,
        config,
        model,
        [labelled(pair) for pair in pairs],
        settings,
        loss_type="simpo",
        beta=settings.beta,
        simpo_gamma=settings.gamma,
        cpo_alpha=settings.sft_weight,
    ) as trainer:
        yield loss_of(trainer, model.module, labelled)


def _trl() -> tuple[Any, Any]:
    """TRL's trainer, but the pairs are tokens already."""
    try:
        with quietly():
            from trl.experimental.cpo import CPOConfig, CPOTrainer
    except ImportError as error:
        raise MissingExtra("the editor 'simpo'", "trl", "preference") from error

    class Trainer(CPOTrainer):  # type: ignore[misc]
        def tokenize_row(self, feature: Any, model: Any = None) -> Any:
            return feature

        def _send_telemetry(self) -> None: ...

    return Trainer, CPOConfig
