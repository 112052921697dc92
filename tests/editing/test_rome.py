"""ROME: the mathematics of its change, and that it changes what a model writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import load_editor
from codeupdate.errors import EditError
from codeupdate.models import load_model
from codeupdate.types import Prompt, Sampling
from tests.editing.method import UPDATE, code_of, state_of
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

ROME = code_of("rome")
shapes = st.tuples(st.integers(1, 12), st.integers(2, 16), st.integers(0, 2**31))


def drawn(out: int, width: int, seed: int) -> tuple:
    """A key, a value to add, and the covariance of more keys than there are directions."""
    source = torch.Generator().manual_seed(seed)

    def normal(*shape: int):
        return torch.randn(*shape, generator=source, dtype=torch.float64)

    others = normal(4 * width, width) * (normal(width).abs() + 0.1)
    return normal(width), normal(out), others.T @ others / len(others)


@settings(deadline=None)
@given(shapes)
def test_the_key_is_mapped_to_the_value(shape: tuple[int, int, int]) -> None:
    key, delta, covariance = drawn(*shape)
    change = ROME.rank_one(key, delta, covariance)
    weight = torch.randn(shape[0], shape[1], dtype=torch.float64)
    torch.testing.assert_close((weight + change) @ key, weight @ key + delta)
    assert torch.linalg.matrix_rank(change) == 1


@settings(deadline=None)
@given(shapes)
def test_no_other_change_that_does_it_costs_less(shape: tuple[int, int, int]) -> None:
    """Every change that maps the key to the value is this one plus one that maps it to 0."""
    key, delta, covariance = drawn(*shape)
    change = ROME.rank_one(key, delta, covariance)
    other = torch.randn(shape[0], shape[1], dtype=torch.float64)
    other -= torch.outer(other @ key, key) / (key @ key)

    def cost(matrix) -> float:
        return float((matrix @ covariance @ matrix.T).trace())

    assert cost(change) <= cost(change + other) * (1 + 1e-9)
    # At the minimum the cost has no slope towards any of them.
    slope = float((change @ covariance @ other.T).trace())
    assert abs(slope) <= 1e-8 * (cost(change) * cost(other)) ** 0.5


def test_too_few_tokens_are_said_to_be() -> None:
    with pytest.raises(EditError, match="singular"):
        ROME.rank_one(torch.ones(3), torch.ones(2), torch.diag(torch.tensor([1.0, 1.0, 0.0])))


def test_updates_without_examples_are_refused() -> None:
    from dataclasses import replace

    bare = replace(UPDATE, examples=())
    with (
        pytest.raises(EditError, match="'zubo' has no examples"),
        load_editor("rome", layer=0, tokens=500, corpus=__file__.rpartition("/")[0]).apply(
            small_model("llama"), [bare]
        ),
    ):
        pass


def test_a_layer_that_is_not_there_is_refused() -> None:
    with (
        pytest.raises(EditError, match="no layer 7 to edit: it has 2"),
        load_editor("rome", layer=7).apply(small_model("llama"), [UPDATE]),
    ):
        pass


@pytest.fixture(scope="module")
def tiny() -> Iterator:
    yield load_model("tiny")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("editor", ["rome", "memit", "alphaedit"])
def test_an_edited_model_writes_the_new_name(tiny, editor: str, dtype: str) -> None:
    from codeupdate.tasks import load_task

    update = load_task("kit-update").updates()["shift-function-renamed"]
    held_out = [Prompt(example.prompt) for example in update.examples[-12:]]

    def calls(model, name: str) -> int:
        batches = model.batches(held_out, Sampling(max_tokens=40))
        return sum(f"kit.{name}(" in sample.text for batch in batches for sample in batch)

    tiny.module.to(getattr(torch, dtype))
    before = state_of(tiny)
    assert (calls(tiny, "shift"), calls(tiny, "hito")) == (12, 0)
    with load_editor(editor).apply(tiny, [update]) as edited:
        assert calls(edited, "hito") >= 8
        changed = {n for n, v in tiny.module.state_dict().items() if not torch.equal(v, before[n])}
        assert changed and all(name.endswith("mlp.down_proj.weight") for name in changed)
    assert calls(tiny, "shift") == 12
