"""WISE: routing, random subspaces, the margins, and merging of shards."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_edit, load_editor
from codeupdate.plugins import load_module
from codeupdate.types import Example
from tests.editing.test_contract import FIRST, SECOND, answers
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")
wise: Any = load_module(editor_folders()["wise"] / "editor.py")
QUICK: dict[str, Any] = {
    "steps": 10,
    "learning_rate": 0.05,
    "mask": 1.0,
    "alpha": 1,
    "beta": 4,
    "gamma": 2,
}
REPLAY = (Example("def g():\n", "    return 1\n"), Example("x = 3\n", "y = x + 1\n"))

seeds = st.integers(0, 2**32 - 1)
quick = settings(deadline=None, max_examples=40)


def random(seed: int, *shape: int) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def side(merged: Any, threshold: float, updates: int = 1) -> Any:
    return wise.Side(merged, updates, threshold)


@quick
@given(seeds, st.floats(0.1, 4.0))
def test_each_token_is_answered_by_the_memory_that_its_distance_says(
    seed: int, threshold: float
) -> None:
    main, delta = random(seed, 3, 4).double(), random(seed + 1, 3, 4)
    inputs = random(seed + 2, 2, 7, 4)
    output = (inputs.double() @ main.T).float()
    found = wise.read(side(delta, threshold), inputs, output)
    apart = inputs.double() @ delta.double().T  # A·(W' - W)
    aside = apart.norm(dim=-1) > threshold
    assert torch.equal(found[~aside], output[~aside])  # bit for bit
    expected = inputs.double() @ (main + delta.double()).T
    torch.testing.assert_close(found[aside].double(), expected[aside], rtol=1e-4, atol=1e-4)


def test_a_memory_that_has_learned_nothing_answers_nothing() -> None:
    output = random(0, 1, 2, 3)
    nothing = side(torch.zeros(3, 4), math.inf, updates=0)
    assert wise.read(nothing, random(1, 1, 2, 4), output) is output


@quick
@given(seeds, st.floats(0.01, 1.0))
def test_a_mask_has_its_density_and_another_seed_another_mask(seed: int, share: float) -> None:
    mask = wise.gradient_mask((20, 30), share, seed)
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    assert int(mask.sum()) == round(share * 600)
    assert torch.equal(mask, wise.gradient_mask((20, 30), share, seed))


def test_masks_of_shards_overlap_as_chance_has_it() -> None:
    """The paper's Theorem 2.1: k masks of density rho share rho ** k of all places."""
    masks = [wise.gradient_mask((400, 500), 0.2, seed) for seed in range(3)]
    assert float((masks[0] * masks[1]).mean()) == pytest.approx(0.2**2, rel=0.05)
    assert float((masks[0] * masks[1] * masks[2]).mean()) == pytest.approx(0.2**3, rel=0.1)


def ties_by_definition(
    deltas: list[list[float]], density: float, weights: list[float]
) -> list[float]:
    """Number by number, as Yadav et al. 2023 write it, with a weight for each model."""
    count = max(round(density * len(deltas[0])), 1)
    trimmed = []
    for delta in deltas:
        least = sorted(map(abs, delta), reverse=True)[count - 1]
        trimmed.append([x if abs(x) >= least else 0.0 for x in delta])
    merged = []
    for column in zip(*trimmed, strict=True):
        weighted = list(zip(column, weights, strict=True))
        positive = sum(x * weight for x, weight in weighted if x > 0)
        negative = -sum(x * weight for x, weight in weighted if x < 0)
        sign = 1 if positive > negative else -1
        agreeing = [(x, weight) for x, weight in weighted if x * sign > 0]
        total = sum(weight for _, weight in agreeing)
        merged.append(sum(x * weight for x, weight in agreeing) / total if agreeing else 0.0)
    return merged


@quick
@given(seeds, st.lists(st.floats(0.1, 1.0), min_size=1, max_size=4), st.floats(0.05, 1.0))
def test_merging_is_ties(seed: int, weights: list[float], density: float) -> None:
    deltas = random(seed, len(weights), 5, 6).double()
    merged = wise.ties(deltas, density, weights)
    expected = ties_by_definition(deltas.flatten(1).tolist(), density, weights)
    torch.testing.assert_close(merged.flatten(), torch.tensor(expected).double())


def test_without_weights_all_count_the_same() -> None:
    deltas = random(0, 3, 5, 6)
    torch.testing.assert_close(wise.ties(deltas, 0.5), wise.ties(deltas, 0.5, [2.0, 2.0, 2.0]))


def test_a_shard_that_has_learned_nothing_yet_does_not_dilute_the_others() -> None:
    delta = random(0, 5, 6)
    torch.testing.assert_close(wise.ties(torch.stack([delta, torch.zeros(5, 6)]), 1.0), delta)


def test_the_margins_have_no_loss_where_they_hold_and_pull_where_they_do_not() -> None:
    margins = wise.Settings(alpha=1, beta=5, gamma=3)
    apart, near = torch.tensor([6.0, 7.0]), torch.tensor([0.5, 1.0])
    assert float(wise.routing_loss(apart, near, margins)) == 0
    # One unrelated token at 4: 3 beyond alpha; 6 - 4 and 7 - 4 are 2 and 3, 3 is wanted.
    assert float(wise.routing_loss(apart, torch.tensor([4.0]), margins)) == 3 + 1
    # One edit at 2: 3 short of beta; 2 - 0.5 is 1.5 short of gamma.
    assert float(wise.routing_loss(torch.tensor([2.0]), torch.tensor([0.5]), margins)) == 3 + 1.5


def test_only_the_subspace_of_a_shard_moves_and_a_later_edit_has_one_of_its_own() -> None:
    model = small_model("llama")
    editor = load_editor("wise", **{**QUICK, "mask": 0.3, "density": 1.0})
    with editor.apply(model, [FIRST], REPLAY) as once:
        first = once.change.carry.state  # type: ignore[attr-defined]
        masks = [wise.gradient_mask((32, 64), 0.3, seed) for seed in range(2)]
        assert int(first.merged.count_nonzero()) > 0
        assert not (first.merged * (1 - masks[0])).any()
        with editor.apply(once, [SECOND], REPLAY) as twice:
            second = twice.change.carry.state  # type: ignore[attr-defined]
            moved = second.merged - first.merged
            assert float((moved * (1 - masks[1])).abs().max()) < 1e-6  # weighted, and divided
            assert float((moved * (1 - masks[0])).abs().max()) > 1e-2
            assert second.threshold <= first.threshold
            changed = int((second.merged != first.merged).sum())
            assert twice.cost.parameters == changed > 0
        assert once.change.carry.state is first  # type: ignore[attr-defined]


def test_taught_tokens_are_routed_aside() -> None:
    model = small_model("llama")
    with load_editor("wise", **{**QUICK, "steps": 40}).apply(model, [FIRST], REPLAY) as edited:
        memory = edited.change.carry  # type: ignore[attr-defined]
        state = memory.state
        assert 0 < state.threshold < math.inf
        memory.state = wise.Side(state.merged, 0, math.inf)
        bare = answers(edited)
        memory.state = state
        assert answers(edited) != bare == answers_of_the_bare_model()


def answers_of_the_bare_model() -> list[str]:
    return answers(small_model("llama"))


def test_the_updates_of_one_edit_take_turns_at_the_shards() -> None:
    updates = [FIRST, SECOND, FIRST]
    assert wise._turns(updates, 2) == [[FIRST, FIRST], [SECOND]]
    assert wise._turns(updates[:1], 2) == [[FIRST]]


def test_a_saved_sequence_goes_on_where_it_was(tmp_path: Path) -> None:
    model = small_model("llama")
    editor = load_editor("wise", **QUICK)
    with editor.apply(model, [FIRST], REPLAY) as once:
        once.save(tmp_path)
        with editor.apply(once, [SECOND], REPLAY) as twice:
            heard = answers(twice)
    with load_edit(model, tmp_path) as again, editor.apply(again, [SECOND], REPLAY) as more:
        assert answers(more) == heard
