"""WISE: routing, random subspaces, the margins, and merging of shards."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import editor_folders, load_edit, load_editor
from codeupdate.errors import EditError
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
    return wise.Side(merged[None], merged, updates, threshold)


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


def ties_by_definition(deltas: list[list[float]], density: float) -> list[float]:
    """Number by number, as Yadav et al. 2023 write it."""
    count = max(round(density * len(deltas[0])), 1)
    trimmed = []
    for delta in deltas:
        least = sorted(map(abs, delta), reverse=True)[count - 1]
        trimmed.append([x if abs(x) >= least else 0.0 for x in delta])
    merged = []
    for column in zip(*trimmed, strict=True):
        positive = sum(x for x in column if x > 0)
        negative = -sum(x for x in column if x < 0)
        sign = 1 if positive > negative else -1
        agreeing = [x for x in column if x * sign > 0]
        merged.append(sum(agreeing) / len(agreeing) if agreeing else 0.0)
    return merged


@quick
@given(seeds, st.integers(1, 4), st.floats(0.05, 1.0))
def test_merging_is_ties(seed: int, models: int, density: float) -> None:
    deltas = random(seed, models, 5, 6).double()
    merged = wise.ties(deltas, density)
    expected = ties_by_definition(deltas.flatten(1).tolist(), density)
    torch.testing.assert_close(merged.flatten(), torch.tensor(expected).double())


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


def test_only_the_subspace_of_a_shard_moves_and_updates_take_turns() -> None:
    model = small_model("llama")
    editor = load_editor("wise", **{**QUICK, "mask": 0.3})
    with editor.apply(model, [FIRST], REPLAY) as once:
        first = once.change.carry.state  # type: ignore[attr-defined]
        mask = wise.gradient_mask((32, 64), 0.3, 0)
        assert int(first.shards[0].count_nonzero()) > 0
        assert not (first.shards[0] * (1 - mask)).any()
        assert not first.shards[1].any()
        with editor.apply(once, [SECOND], REPLAY) as twice:
            second = twice.change.carry.state  # type: ignore[attr-defined]
            assert torch.equal(second.shards[0], first.shards[0])
            assert second.shards[1].any()
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
        memory.state = wise.Side(state.shards, state.merged, 0, math.inf)
        bare = answers(edited)
        memory.state = state
        assert answers(edited) != bare == answers_of_the_bare_model()


def answers_of_the_bare_model() -> list[str]:
    return answers(small_model("llama"))


def test_another_number_of_shards_is_refused() -> None:
    model = small_model("llama")
    with (
        load_editor("wise", **QUICK).apply(model, [FIRST], REPLAY) as once,
        pytest.raises(EditError, match="use the same number for all edits"),
        load_editor("wise", shards=3, **QUICK).apply(once, [SECOND], REPLAY),
    ):
        pass


def test_a_saved_sequence_goes_on_where_it_was(tmp_path: Path) -> None:
    model = small_model("llama")
    editor = load_editor("wise", **QUICK)
    with editor.apply(model, [FIRST], REPLAY) as once:
        once.save(tmp_path)
        with editor.apply(once, [SECOND], REPLAY) as twice:
            heard = answers(twice)
    with load_edit(model, tmp_path) as again, editor.apply(again, [SECOND], REPLAY) as more:
        assert answers(more) == heard
