"""Intervals of values that share a row and a column: unrelated problems after edit upon edit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.scoring import clustered_mean, crossed_mean, paired_difference

cells = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from("abcd"), st.sampled_from("vwxyz")),
    min_size=1,
    max_size=40,
)


@given(cells)
def test_the_mean_lies_within_and_the_interval_within_bounds(
    found: list[tuple[float, str, str]],
) -> None:
    values, rows, columns = map(list, zip(*found, strict=True))
    interval = crossed_mean(values, rows, columns, draws=100)
    assert interval.value == pytest.approx(np.mean(values))
    assert -1e-9 <= interval.low <= interval.value <= interval.high <= 1 + 1e-9


@given(cells, st.randoms())
def test_the_order_of_entries_does_not_matter(
    found: list[tuple[float, str, str]], random: object
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        crossed_mean(*map(list, zip(*entries, strict=True)), draws=50)
        for entries in (found, shuffled)
    )
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_one_edit_leaves_the_bootstrap_over_problems() -> None:
    values = [float(i % 3 > 0) for i in range(30)]
    problems, edit = [str(i // 2) for i in range(30)], ["u"] * 30
    assert crossed_mean(values, edit, problems) == clustered_mean(values, problems)
    assert crossed_mean(values, problems, edit) == clustered_mean(values, problems)


def test_where_all_agree_the_fewer_of_edits_and_problems_say_how_sure_it_is() -> None:
    rows, columns = zip(*((f"u{i}", f"p{j}") for i in range(4) for j in range(40)), strict=True)
    interval = crossed_mean([1.0] * 160, rows, columns)
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.025 ** (1 / 4))
    assert crossed_mean([1.0] * 160, columns, rows) == interval


def test_edits_that_agree_say_no_more_than_that_many_edits_can() -> None:
    """Two edits after which the same problem fails: a third may break everything."""
    entries = [(float(j > 0), f"u{i}", f"p{j}") for i in range(2) for j in range(40)]
    interval = crossed_mean(*map(list, zip(*entries, strict=True)))
    assert interval.value == pytest.approx(39 / 40)
    assert interval.low == pytest.approx(39 / 40 * 0.025 ** (1 / 2))


def test_rows_and_columns_that_do_not_meet_are_no_resample() -> None:
    interval = crossed_mean([0.0, 1.0], ["u", "v"], ["p", "q"])
    assert (interval.low, interval.value, interval.high) == pytest.approx((0, 0.5, 1), abs=0.3)


def test_problems_asked_after_one_edit_each_are_no_second_source_of_chance() -> None:
    rng = np.random.default_rng(3)
    values = list((rng.uniform(size=(24, 1)) + rng.uniform(size=(24, 8))).ravel() / 2)
    edits, problems = [str(i // 8) for i in range(192)], [str(i) for i in range(192)]
    alone, both = clustered_mean(values, edits), crossed_mean(values, edits, problems)
    assert both.high - both.low == pytest.approx(alone.high - alone.low, rel=0.1)


@pytest.mark.parametrize(("edits", "asked"), [(30, 60), (20, 16)], ids=["all", "a few each"])
def test_an_edit_that_changes_nothing_differs_by_nothing_as_often_as_it_says(
    edits: int, asked: int
) -> None:
    """Every edit is paired with the same answers of the baseline, five a problem."""
    rng, trials, problems = np.random.default_rng(11), 80, 60
    drawn = [sorted(rng.permutation(problems)[:asked]) for _ in range(edits)]
    rows = [str(edit) for edit in range(edits) for _ in range(asked)]
    columns = [str(problem) for own in drawn for problem in own]
    seen, by_edits = 0, 0
    for _ in range(trials):
        rates = rng.beta(2, 2, size=problems)
        before, after = rng.binomial(5, rates) / 5, rng.binomial(5, rates, (edits, problems)) / 5
        change = [float(c) for edit, own in enumerate(drawn) for c in (after[edit] - before)[own]]
        both = crossed_mean(change, rows, columns, draws=250, bounds=(-1, 1))
        alone = clustered_mean(change, rows, draws=250, bounds=(-1, 1))
        seen += both.low <= 0 <= both.high
        by_edits += alone.low <= 0 <= alone.high
    assert 0.88 <= seen / trials <= 0.99
    assert by_edits < 0.8 * trials


def test_a_difference_is_of_edits_and_problems() -> None:
    before = {f"u{i} p{j}": float(j % 2) for i in range(6) for j in range(8)}
    after = {unit: float((i + j) % 3 > 0) for i, j, unit in _places(before)}
    edit_of = {unit: str(i) for i, _, unit in _places(before)}
    problem_of = {unit: str(j) for _, j, unit in _places(before)}
    found = paired_difference(before, after, problem_of, edit_of=edit_of)
    units = sorted(before)
    assert found == crossed_mean(
        [after[unit] - before[unit] for unit in units],
        [edit_of[unit] for unit in units],
        [problem_of[unit] for unit in units],
        bounds=(-1, 1),
    )


def _places(units: Iterable[str]) -> list[tuple[int, int, str]]:
    return [(int(unit[1]), int(unit[4]), unit) for unit in units]


def test_both_edits_and_problems_that_vary_are_covered() -> None:
    rng, trials, covered = np.random.default_rng(5), 80, 0
    rows, columns = zip(*((str(i), str(j)) for i in range(25) for j in range(30)), strict=True)
    for _ in range(trials):
        means = 0.5 + rng.normal(0, 0.1, (25, 1)) + rng.normal(0, 0.1, (1, 30))
        values = np.clip(means + rng.normal(0, 0.1, (25, 30)), 0, 1)
        interval = crossed_mean(list(values.ravel()), rows, columns, draws=300)
        covered += interval.low <= 0.5 <= interval.high
    assert 0.88 <= covered / trials <= 0.99


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="1 values in 0 rows"):
        crossed_mean([1.0], [], ["p"])
