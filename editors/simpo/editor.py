"""SimPO: the updated completion is to beat the outdated one by a margin, token for token.

The loss of a pair is −log σ(β/|chosen| log π(chosen|x) − β/|rejected| log π(rejected|x) − γ)
(Meng et al. 2024, arXiv 2405.14734, equation 6). There is no reference model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.preferences import Loss, Pair, PreferenceSettings, prefer
from codeupdate.editing.trl_losses import labelled, loss_of, trl_classes, trl_trainer
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(PreferenceSettings):
    """Defaults lie in the authors' ranges, but the rate, which is for an adapter and ten times
    the largest that they advise for full tuning. ``sft_weight`` adds the likelihood of what is
    preferred (CPO-SimPO, TRL's ``cpo_alpha``)."""

    learning_rate: float = Field(1e-5, gt=0)
    beta: float = Field(2.0, gt=0)
    gamma: float = Field(1.0, ge=0)
    sft_weight: float = Field(0.0, ge=0)


def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> AbstractContextManager[Change]:
    return prefer(model, updates, replay, settings, "simpo", simpo_loss)


@contextmanager
def simpo_loss(model: WeightedModel, pairs: Sequence[Pair], settings: Settings) -> Iterator[Loss]:
    """The loss of batches of ``pairs``."""
    with trl_trainer(
        trl_classes("simpo", "trl.experimental.cpo", "CPO"),
        model,
        [labelled(pair) for pair in pairs],
        settings,
        loss_type="simpo",
        beta=settings.beta,
        simpo_gamma=settings.gamma,
        cpo_alpha=settings.sft_weight,
    ) as trainer:
        yield loss_of(trainer, model.module, labelled)
