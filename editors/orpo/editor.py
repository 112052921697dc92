"""ORPO: learn the updated completion, and that its odds are better than the outdated one's.

The loss of a pair is −log p(chosen) − β log σ(log odds(chosen) / odds(rejected)), where p is
the geometric mean of a completion's token probabilities and odds are p / (1 − p) (Hong et
al. 2024, arXiv 2403.07691, equations 3 to 7). There is no reference model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.preferences import Loss, Pair, PreferenceSettings, prefer
from codeupdate.editing.trl_losses import labelled, loss_of, trl_classes, trl_trainer
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(PreferenceSettings):
    """Defaults follow the paper's experiments as we understand them (``beta`` is its lambda), but
    the rate, which is for an adapter, is ten times that of full tuning."""

    learning_rate: float = Field(8e-5, gt=0)
    epochs: int = Field(5, ge=1)
    beta: float = Field(0.1, ge=0)


def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> AbstractContextManager[Change]:
    return prefer(model, updates, replay, settings, "orpo", orpo_loss)


@contextmanager
def orpo_loss(model: WeightedModel, pairs: Sequence[Pair], settings: Settings) -> Iterator[Loss]:
    """The loss of batches of ``pairs``."""
    trainer_class, config = trl_classes("orpo", "trl.experimental.orpo", "ORPO")

    class OfCompletions(trainer_class):  # type: ignore[misc, valid-type]
        """TRL takes the likelihood of the prompt into the loss as well, the paper does not."""

        def concatenated_forward(self, *given: Any) -> Any:
            chosen, *others = super().concatenated_forward(*given)
            others[3] = -chosen.mean()
            return chosen, *others

    rows = [labelled(pair) for pair in pairs]
    with trl_trainer((OfCompletions, config), model, rows, settings, beta=settings.beta) as trainer:
        yield loss_of(trainer, model.module, labelled)
