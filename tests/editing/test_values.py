"""The objective of a value: that of the authors' code (rome/compute_v.py, memit/compute_z.py)."""

from __future__ import annotations

from typing import Any

import pytest

from codeupdate.editing.hooks import projections, written
from codeupdate.editing.targets import Target
from codeupdate.editing.values import ValueSettings, _Batch, objective, optimise
from codeupdate.models.transformers import TransformersModel
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

#: Contexts of unequal lengths: what comes before the key, new tokens, and what follows them.
CONTEXTS = (
    Target((5, 6, 7, 8, 9), 3, (10, 11)),
    Target((20, 21, 22, 23, 24, 25), 4, (12, 13, 14)),
)


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def log_probabilities(model: TransformersModel, context: Target, delta: Any) -> tuple[Any, Any]:
    """[tokens, vocabulary] of a whole example, computed at once, with ``delta`` added to what
    the projection writes at the key; and what it writes there by itself."""
    site, at = projections(model)[0], context.start - 1
    wrote: list[Any] = []

    def add(output: Any) -> Any:
        wrote.append(output[0, at].clone())
        moved = output.clone()
        moved[0, at] += delta
        return moved

    with torch.no_grad(), written(site, add):
        logits = model.module(input_ids=torch.tensor([context.ids + context.rest])).logits
    return torch.log_softmax(logits[0].float(), -1), wrote[0]


def test_the_loss_is_the_one_of_the_authors(model: TransformersModel) -> None:
    delta = torch.randn(32, generator=torch.Generator().manual_seed(0))
    likelihoods, divergences, lengths = [], [], []
    for context in CONTEXTS:
        before, v = log_probabilities(model, context, torch.zeros(32))
        after, _ = log_probabilities(model, context, delta)
        start, end = context.start, len(context.ids)
        wanted = torch.tensor(context.ids[start:])[:, None]
        likelihoods.append(-after[start - 1 : end - 1].gather(-1, wanted).mean())
        # As they call it: input, target.
        kept = slice(end - 1, end - 1 + len(context.rest))
        divergences.append(
            torch.nn.functional.kl_div(
                before[kept], after[kept], log_target=True, reduction="batchmean"
            )
        )
        lengths.append(v.norm())
    length = torch.stack(lengths).mean()
    settings = ValueSettings(weight_decay=10 * float(length**2))  # so that all terms weigh
    expected = (
        torch.stack(likelihoods).mean()
        + settings.kl * torch.stack(divergences).mean()
        + settings.weight_decay * (torch.norm(delta) / torch.norm(length) ** 2)
    )

    def add(output: Any) -> Any:
        moved = output.clone()
        moved[:, 0] += delta
        return moved

    batch = _Batch(model, CONTEXTS)
    with torch.no_grad():
        before = torch.log_softmax(batch.logits(), -1)
        with written(projections(model)[0], add):
            after = torch.log_softmax(batch.logits(), -1)
        found = objective(batch, before, after, delta, length, settings)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_it_ends_when_the_whole_loss_is_low_enough(model: TransformersModel) -> None:
    site = projections(model)[0]
    least = {"learning_rate": 1e-2, "kl": 0.0, "weight_decay": 0.0, "enough": 0.0}
    at_first = optimise(model, site, CONTEXTS, ValueSettings(**{**least, "enough": 1e9})).loss
    passes = sum(len(context.ids + context.rest) - context.start + 1 for context in CONTEXTS)
    just_below = {**least, "enough": at_first - 1e-4, "steps": 5}
    assert optimise(model, site, CONTEXTS, ValueSettings(**just_below)).tokens == 2 * passes
    # The new tokens are as likely then; what weighs is the length of the value.
    long = optimise(model, site, CONTEXTS, ValueSettings(**{**just_below, "weight_decay": 1e9}))
    assert long.loss > at_first and long.tokens == 5 * passes


def test_the_last_pass_only_looks(model: TransformersModel) -> None:
    settings = ValueSettings(steps=2, learning_rate=1e-3, enough=0.0, weight_decay=1e12)
    value = optimise(model, projections(model)[0], CONTEXTS, settings)
    # The first step of Adam is as long as its rate, whatever the gradient.
    torch.testing.assert_close(value.delta.abs().max(), torch.tensor(1e-3), rtol=1e-2, atol=0)
    wrote = [log_probabilities(model, context, torch.zeros(32))[1] for context in CONTEXTS]
    length = torch.stack(wrote).norm(dim=-1).mean()
    assert value.loss == pytest.approx(1e12 * float(value.delta.norm() / length**2), rel=1e-3)
