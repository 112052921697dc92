"""The training loop: what it computes, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing.training import (
    Tokens,
    TrainingSettings,
    completion_logits,
    likelihood,
    tokenized,
    train,
    training_steps,
)
from codeupdate.models.transformers import TransformersModel
from codeupdate.types import Example
from tests.small_models import FAMILIES, small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

ROWS = [Tokens((5, 6, 7, 8, 9, 10), 2), Tokens((11, 12, 13), 0), Tokens((20, 21, 22, 23), 3)]


def seen_by(module: Any, rows: Sequence[Tokens], chosen: TrainingSettings) -> list[list[Tokens]]:
    """The batches that training goes through."""
    batches: list[list[Tokens]] = []
    parameter = torch.nn.Parameter(torch.zeros(1))

    def objective(batch: Sequence[Tokens]) -> Any:
        batches.append(list(batch))
        return parameter.sum()

    train(module, [parameter], rows, objective, chosen)
    return batches


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_that_of_each_completion_token_alone(family: str) -> None:
    module = small_model(family).module
    with torch.no_grad():
        logits, labels = completion_logits(module, ROWS)
        start = 0
        for row in ROWS:
            alone = module(input_ids=torch.tensor([row.ids])).logits[0]
            for at in range(max(row.prompt, 1), len(row)):
                torch.testing.assert_close(logits[start], alone[at - 1], rtol=1e-4, atol=1e-4)
                assert labels[start] == row.ids[at]
                start += 1
        assert start == len(labels)
        expected = torch.nn.functional.cross_entropy(logits, labels)
        torch.testing.assert_close(likelihood(module)(ROWS), expected)
    assert not module.get_output_embeddings()._forward_pre_hooks


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(1, 40)),
)
@settings(deadline=None, max_examples=50)
def test_every_epoch_goes_through_all_rows(
    lengths: list[int], size: int, epochs: int, most: int | None
) -> None:
    rows = [Tokens((*range(length), number), 0) for number, length in enumerate(lengths)]
    chosen = TrainingSettings(epochs=epochs, batch_size=size, max_steps=most)
    module = torch.nn.Linear(1, 1)
    batches = seen_by(module, rows, chosen)
    assert len(batches) == training_steps(len(rows), chosen)
    an_epoch = -(-len(rows) // size)
    for start in range(0, len(batches) - an_epoch + 1, an_epoch):
        epoch = [row for batch in batches[start : start + an_epoch] for row in batch]
        assert sorted(row.ids for row in epoch) == sorted(row.ids for row in rows)
    assert batches == seen_by(module, rows, chosen)


def test_rows_of_similar_length_share_a_batch() -> None:
    rows = [Tokens(tuple(range(5 + 40 * (number % 2))), 0) for number in range(64)]
    batches = seen_by(torch.nn.Linear(1, 1), rows, TrainingSettings(batch_size=4, epochs=1))
    mixed = [batch for batch in batches if len({len(row) for row in batch}) > 1]
    assert len(mixed) <= 2 < len(batches)  # one at most among those that are sorted together


def test_a_completion_is_learned_without_a_space_that_nobody_wrote() -> None:
    """Tokenizers of the SentencePiece kind put a space before a text of its own."""
    from tests.models.test_continuing import sentencepiece

    tokenizer = sentencepiece("legacy")
    model: Any = small_model("llama")
    model = TransformersModel(model.module, tokenizer, name="small")
    after_dot = Example("import kit\n\nkit.", "zubo(x)\n")
    indented = Example("def f(x):\n", "    return kit.zubo(x)\n")
    for row, example in zip(
        tokenized(model, [after_dot, indented]), (after_dot, indented), strict=True
    ):
        text = tokenizer.decode(
            row.ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        assert text == example.prompt + example.completion
    [own] = tokenized(model, [Example("", "return 1\n")])
    assert tokenizer.convert_ids_to_tokens(own.ids[0]).startswith("▁")


def test_nothing_to_train_on_is_no_step() -> None:
    assert seen_by(torch.nn.Linear(1, 1), [], TrainingSettings()) == []


def test_steps_below_the_precision_of_bfloat16_add_up() -> None:
    module = torch.nn.Linear(1, 1, bias=False).bfloat16()
    with torch.no_grad():
        module.weight.fill_(1.0)  # next to it in bfloat16: 0.996
    chosen = TrainingSettings(learning_rate=1e-4, epochs=1000)
    row = [Tokens((1,), 0)]
    train(module, [module.weight], row, lambda batch: module.weight.float().sum(), chosen)
    assert abs(module.weight.item() - 0.9) < 0.01


def test_a_constraint_holds_after_each_step() -> None:
    module = torch.nn.Linear(1, 1, bias=False)
    largest = []

    def constrain(values: Sequence[Any]) -> None:
        values[0].clamp_(-0.5, 0.5)

    train(
        module,
        [module.weight],
        [Tokens((1,), 0)],
        lambda batch: -module.weight.sum(),
        TrainingSettings(learning_rate=0.3, epochs=10),
        after_step=lambda step: largest.append(module.weight.item()),
        constrain=constrain,
    )
    assert max(largest) == 0.5
