"""AlphaEdit: its closed form, what it leaves alone, and what one edit tells the next."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.editing import load_editor
from codeupdate.editing.covariance import Carry
from codeupdate.errors import EditError, UsageError
from tests.editing.method import UPDATE, code_of, state_of
from tests.small_models import small_model

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")

ALPHA = code_of("alphaedit")
SETTINGS = {
    "layers": [0, 1], "corpus": str(Path(__file__).parent), "tokens": 500, "steps": 3,
    "threshold": 10.0,
}  # fmt: skip
seeds = st.integers(0, 2**31)


def drawn(seed: int):
    """Preserved keys that leave 4 of 10 directions alone, keys, residuals, stored keys."""
    source = torch.Generator().manual_seed(seed)

    def normal(*size: int):
        return torch.randn(*size, generator=source, dtype=torch.float64)

    preserved = normal(10, 6) @ normal(6, 40)
    return preserved, normal(10, 3), normal(5, 3), normal(10, 2)


@settings(deadline=None)
@given(seeds)
def test_preserved_keys_are_answered_as_before(seed: int) -> None:
    preserved, keys, residuals, stored = drawn(seed)
    free = ALPHA.null_space(preserved @ preserved.T / 40, 1e-6)
    assert free.shape == (10, 4)
    change = ALPHA.projected_change(keys, residuals, free, stored @ stored.T, 0.1)
    assert float((change @ preserved).abs().max()) < 1e-6 * float(preserved.abs().max())
    assert float((change @ keys).abs().max()) > 1e-6


@settings(deadline=None)
@given(seeds, st.floats(1e-2, 1e2), st.booleans())
def test_the_change_is_the_solution_of_the_stacked_system(
    seed: int, ridge: float, later: bool
) -> None:
    preserved, keys, residuals, stored = drawn(seed)
    free = ALPHA.null_space(preserved @ preserved.T / 40, 1e-6)
    products = stored @ stored.T if later else None
    found = ALPHA.projected_change(keys, residuals, free, products, ridge)
    rows = [keys.T @ free, ridge**0.5 * torch.eye(4, dtype=torch.float64)]
    rows += [stored.T @ free] if later else []
    system = torch.cat(rows)
    wanted = torch.zeros(len(system), 5, dtype=torch.float64)
    wanted[:3] = residuals.T
    expected = torch.linalg.lstsq(system, wanted, driver="gelsd").solution.T @ free.T
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9)
    # The same in the paper's notation, which has the projection P and no basis of it.
    p, eye = free @ free.T, torch.eye(10, dtype=torch.float64)
    earlier = stored @ stored.T @ p if later else 0
    inverse = torch.linalg.inv(earlier + keys @ keys.T @ p + ridge * eye)
    torch.testing.assert_close(found, residuals @ keys.T @ p @ inverse, rtol=1e-6, atol=1e-9)


def test_without_a_null_space_it_says_what_to_raise() -> None:
    with pytest.raises(EditError, match="the least is 2"):
        ALPHA.null_space(2 * torch.eye(3), 0.02)


def test_an_edit_remembers_those_in_force_and_no_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model, editor = small_model("llama"), load_editor("alphaedit", **SETTINGS)
    with caplog.at_level(logging.INFO), editor.apply(model, [UPDATE]) as once:
        first, weights = once.change.carry, state_of(model)
        with editor.apply(once, [UPDATE]) as twice:
            second = twice.change.carry
    assert isinstance(first, Carry) and isinstance(second, Carry)
    assert second.statistics is first.statistics  # of the model before its first edit
    for layer in (0, 1):
        added = second.keys[layer] - first.keys[layer]
        assert float(added.trace()) > 0
        assert float(torch.linalg.eigvalsh(added)[0]) > -1e-9 * float(added.trace())
    with editor.apply(model, [UPDATE]):
        again = state_of(model)
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    assert "the null space has" in caplog.text


def test_keys_are_remembered_across_an_edit_of_another_method() -> None:
    model, editor = small_model("llama"), load_editor("alphaedit", **SETTINGS)
    shared = {name: value for name, value in SETTINGS.items() if name != "threshold"}
    between = load_editor("memit", **shared)
    with (
        editor.apply(model, [UPDATE]) as first,
        between.apply(first, [UPDATE]) as other,
        editor.apply(other, [UPDATE]) as second,
    ):
        before, after = first.change.carry, second.change.carry
        assert not other.change.carry.keys
    for layer in (0, 1):
        added = after.keys[layer] - before.keys[layer]
        assert float(added.trace()) > 0
        assert float(torch.linalg.eigvalsh(added)[0]) > -1e-9 * float(added.trace())


@pytest.mark.parametrize("editor", ["memit", "alphaedit"])
def test_what_only_looks_is_refused(editor: str) -> None:
    with pytest.raises(UsageError, match="greater than or equal to 2"):
        load_editor(editor, steps=1)
