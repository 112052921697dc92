"""merge and breadcrumbs: the rules, and merges that grow by one update after another."""

from __future__ import annotations

from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_editor
from codeupdate.editing.low_rank import LowRankSettings, learned_apart
from codeupdate.errors import EditError
from codeupdate.models.transformers import TransformersModel
from codeupdate.plugins import load_module
from tests.editing.test_contract import FIRST, SECOND, answers, same, state
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

QUICK: dict[str, Any] = {"epochs": 2, "learning_rate": 0.05}
shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
quick = settings(max_examples=60, deadline=None)


def method(name: str) -> ModuleType:
    return load_module(editor_folders()[name] / "editor.py")


def drawn(seed: int, number: int, shape: tuple[int, int]) -> list[Any]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(number)]


@quick
@given(shapes, st.floats(0, 0.9), st.floats(0, 0.9), st.integers(0, 9))
def test_breadcrumbs_mask_both_ends(
    shape: tuple[int, int], smallest: float, largest: float, seed: int
) -> None:
    [delta] = drawn(seed, 1, shape)
    kept = method("breadcrumbs").masked(delta, smallest, largest)
    count = delta.numel()
    low, high = round(smallest * count), round(largest * count)
    ranked = sorted(delta.abs().flatten().tolist())
    middle = ranked[low : count - high] if low + high < count else []
    assert sorted(kept.abs()[kept != 0].tolist()) == middle
    assert bool(((kept == 0) | (kept == delta)).all())


@quick
@given(shapes, st.integers(1, 4), st.integers(0, 9))
def test_linear_is_the_sum(shape: tuple[int, int], number: int, seed: int) -> None:
    deltas = drawn(seed, number, shape)
    merged = method("merge").rule(method("merge").Settings(method="linear"))(deltas, 0)
    torch.testing.assert_close(merged, sum(deltas))


@quick
@given(shapes, st.integers(1, 4), st.integers(0, 9), st.sampled_from([0.2, 0.5, 0.9]))
def test_ties_trims_elects_and_averages(
    shape: tuple[int, int], number: int, seed: int, density: float
) -> None:
    deltas = drawn(seed, number, shape)
    settings = method("merge").Settings(method="ties", density=density)
    merged = method("merge").rule(settings)(deltas, 0).flatten().tolist()
    trimmed = []
    for delta in deltas:
        numbers = delta.flatten().tolist()
        keep = sorted(range(len(numbers)), key=lambda i: -abs(numbers[i]))
        kept = set(keep[: int(density * len(numbers))])
        trimmed.append([x if i in kept else 0.0 for i, x in enumerate(numbers)])
    for place, value in enumerate(merged):
        votes = [numbers[place] for numbers in trimmed]
        elected = [v for v in votes if v * sum(votes) > 0]
        assert value == pytest.approx(sum(elected) / max(len(elected), 1))


@quick
@given(shapes, st.integers(1, 3), st.integers(0, 9), st.sampled_from([0.1, 0.5, 0.9]))
def test_dare_enlarges_what_it_does_not_drop(
    shape: tuple[int, int], number: int, seed: int, density: float
) -> None:
    deltas = drawn(seed, number, shape)
    rule = method("merge").rule(method("merge").Settings(method="dare", density=density))
    merged = rule(deltas, 0)
    # What is dropped of one update does not depend on those that come after it.
    for first in range(1, number + 1):
        last = rule(deltas[:first], 0) - (rule(deltas[: first - 1], 0) if first > 1 else 0)
        dropped = last.abs() < 1e-12
        assert bool(torch.isclose(last, deltas[first - 1] / density).logical_or(dropped).all())
    assert torch.equal(merged, rule(deltas, 0))


def test_dare_keeps_the_mean() -> None:
    rule = method("merge").rule(method("merge").Settings(method="dare", density=0.25))
    merged = rule([torch.ones(400, 400)], 0)
    assert not torch.equal(merged, rule([torch.ones(400, 400)], 1))  # of another matrix
    assert float((merged != 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    assert float(merged.mean()) == pytest.approx(1.0, abs=0.04)


@pytest.fixture(scope="module")
def model() -> TransformersModel:
    return small_model("llama")


def test_one_update_merged_linearly_is_its_adapter(model: TransformersModel) -> None:
    with load_editor("merge", method="linear", **QUICK).apply(model, [FIRST]) as merged:
        heard = answers(merged)
    with load_editor("lora", alpha=16, targets="all", dropout=0.0, **QUICK).apply(
        model, [FIRST]
    ) as adapted:
        assert answers(adapted) == heard


@pytest.mark.parametrize("name", ["merge", "breadcrumbs"])
def test_one_after_another_is_all_at_once(model: TransformersModel, name: str) -> None:
    editor = load_editor(name, **QUICK)
    with editor.apply(model, [FIRST, SECOND]) as together:
        weights, heard = state(model), answers(together)
        assert together.cost.tokens > 0
    with editor.apply(model, [FIRST]) as first:
        between = state(model)
        with editor.apply(first, [SECOND]) as second:
            assert same(weights, state(model))
            assert answers(second) == heard
            assert second.cost.tokens < together.cost.tokens  # only the new one is trained
        assert same(between, state(model))
        with pytest.raises(ZeroDivisionError), editor.apply(first, [SECOND]):
            raise ZeroDivisionError
        with pytest.raises(EditError, match="has no examples"):
            nothing = type(SECOND)(**{**fields(SECOND), "examples": ()})
            with editor.apply(first, [nothing]):
                pass
        assert same(between, state(model))


def fields(update: Any) -> dict[str, Any]:
    return {name: getattr(update, name) for name in update.__dataclass_fields__}


def test_merges_of_other_rules_and_other_methods_nest(model: TransformersModel) -> None:
    before = state(model)
    with ExitStack() as stack:
        edited: Any = model
        for name, settings in [
            ("merge", {"method": "ties", "scale": 0.5}),
            ("merge", {"method": "linear"}),  # goes on with the same deltas, by another rule
            ("breadcrumbs", {}),  # starts on what it finds
            ("lora", {"epochs": 1}),
            ("merge", {}),
        ]:
            edited = stack.enter_context(
                load_editor(name, **{**QUICK, **settings}).apply(edited, [FIRST])
            )
    assert same(before, state(model))


def test_other_projections_are_refused(model: TransformersModel) -> None:
    with (
        load_editor("merge", **QUICK).apply(model, [FIRST]) as once,
        pytest.raises(EditError, match="use the same targets for all updates"),
        load_editor("merge", targets="mlp", **QUICK).apply(once, [SECOND]),
    ):
        pass


def test_what_is_learned_apart_is_the_product(model: TransformersModel) -> None:
    before = state(model)
    settings = LowRankSettings(rank=2, alpha=6.0, **QUICK)
    deltas, tokens = learned_apart(model, FIRST.examples, settings, "merge")
    assert same(before, state(model))
    assert tokens > 0
    name, delta = next(iter(deltas.items()))
    assert delta.whole().shape == model.module.get_submodule(name).weight.shape
    assert delta.left.shape[1] == delta.right.shape[0] == 2
    assert float(delta.whole().abs().max()) > 0
