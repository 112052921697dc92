"""Metrics against what they are defined to be, with and without unknown verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.errors import UsageError
from codeupdate.scoring import pass_at_k
from codeupdate.scoring.metrics import Scored, Truth, metric


def samples(*units: list[Truth]) -> list[Scored]:
    return [
        Scored(unit=f"p{i}", cluster=f"c{i // 2}", passed=truth)
        for i, truths in enumerate(units)
        for truth in truths
    ]


def passed(sample: Scored) -> Truth:
    return sample.passed


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=8))
def test_the_value_is_the_mean_of_pass_at_k(units: list[list[Truth]]) -> None:
    for k in (1, 2, 4):
        found = metric(samples(*units), passed, k=k)
        expected = sum(pass_at_k(4, sum(map(bool, unit)), k) for unit in units) / len(units)
        assert found.value == pytest.approx(expected)
        assert found.low <= expected + 1e-9 and expected - 1e-9 <= found.high


def test_an_unknown_verdict_is_neither_a_failure_nor_a_pass() -> None:
    found = metric(samples([True, True], [True, None], [False, False]), passed)
    assert found.value is None
    as_failed = metric(samples([True, True], [True, False], [False, False]), passed)
    as_passed = metric(samples([True, True], [True, True], [False, False]), passed)
    assert (found.low, found.high) == (as_failed.low, as_passed.high)


def test_an_unknown_that_cannot_matter_leaves_the_value() -> None:
    found = metric(samples([True, None, True]), passed, k=3)
    assert found.value == 1.0


def test_fewer_samples_than_k_are_refused() -> None:
    with pytest.raises(UsageError, match="pass@3 cannot be estimated from 2 samples"):
        metric(samples([True, True]), passed, k=3)


@pytest.mark.parametrize(
    ("passed", "adopted", "expected"),
    [(True, True, False), (True, False, True), (False, False, False), (None, True, None)],
)
def test_a_workaround_passes_without_the_updated_api(
    passed: Truth, adopted: Truth, expected: Truth
) -> None:
    assert Scored("p", "c", passed, adopted=adopted).worked_around is expected
