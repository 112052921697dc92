"""DPO: the updated completion gains on the outdated one, measured from the model before.

With r(y) = log π(y|x) − log π_before(y|x), the loss of a pair is −log σ(β (r(chosen) −
r(rejected))) (Rafailov et al. 2023, arXiv 2305.18290, equation 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from pydantic import Field

from codeupdate.editing import Change
from codeupdate.editing.preferences import Loss, Pair, PreferenceSettings, prefer
from codeupdate.editing.trl_losses import collated, loss_of, trl_classes, trl_trainer
from codeupdate.models.protocol import WeightedModel
from codeupdate.types import Example, Update


class Settings(PreferenceSettings):
    """Defaults are TRL's, with the rate that it advises for adapters, ten times that of all
    weights. ``sft_weight`` adds the likelihood of what is preferred (RPO, arXiv 2404.19733)."""

    learning_rate: float = Field(1e-5, gt=0)
    beta: float = Field(0.1, gt=0)
    sft_weight: float = Field(0.0, ge=0)


def edit(
    model: WeightedModel, updates: Sequence[Update], replay: Sequence[Example], settings: Settings
) -> AbstractContextManager[Change]:
    return prefer(model, updates, replay, settings, "dpo", dpo_loss)


@contextmanager
def dpo_loss(model: WeightedModel, pairs: Sequence[Pair], settings: Settings) -> Iterator[Loss]:
    """The loss of batches of ``pairs`` against the model as it is on entering, without dropout."""
    module, rows = model.module, {pair: _row(pair) for pair in pairs}
    with trl_trainer(
        trl_classes("dpo", "trl", "DPO"),
        model,
        list(rows.values()),
        settings,
        beta=settings.beta,
        loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, settings.sft_weight],
        precompute_ref_log_probs=True,
    ) as trainer:
        training = module.training
        module.eval()  # an adapter that trains on came with its dropout switched on
        for start in range(0, len(pairs), settings.batch_size):
            batch = pairs[start : start + settings.batch_size]
            inputs = collated(trainer, module, [rows[pair] for pair in batch])
            chosen, rejected = trainer.compute_ref_log_probs(module, inputs)
            for pair, good, bad in zip(batch, chosen.tolist(), rejected.tolist(), strict=True):
                rows[pair] |= {"ref_chosen_logps": good, "ref_rejected_logps": bad}
        module.train(training)
        yield loss_of(trainer, module, rows.__getitem__)


def _row(pair: Pair) -> dict[str, Any]:
    return {
        "prompt_ids": list(pair.prompt),
        "chosen_ids": list(pair.chosen),
        "rejected_ids": list(pair.rejected),
    }
