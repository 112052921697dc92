"""Measures: averaged by question, with bounds where samples are not measured yet."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.scoring import pass_at_k
from codeupdate.scoring.measures import Measure, measure_metrics
from codeupdate.scoring.metrics import Metric, Scored

SHARE = st.floats(0, 1)


def scored(*units: list[float | str | None]) -> list[Scored]:
    """A list a unit: a number, None where it is not measured yet, "" where it does not apply."""
    return [
        Scored(
            unit=f"p{i}",
            cluster=f"c{i // 2}",
            passed=None,
            measures=None if value is None else {} if value == "" else {"m": float(value)},
        )
        for i, values in enumerate(units)
        for value in values
    ]


def metric(samples: list[Scored]) -> Metric:
    return measure_metrics(samples, Measure("m"), [1])["m"]


@given(st.lists(st.lists(SHARE, min_size=1, max_size=4), min_size=1, max_size=8))
def test_questions_weigh_the_same_however_many_samples_they_have(units: list[list[float]]) -> None:
    found = metric(scored(*units))  # type: ignore[arg-type]
    assert found.value == pytest.approx(fmean(map(fmean, units)))
    assert found.low <= found.value + 1e-9 and found.value - 1e-9 <= found.high


def test_what_it_does_not_apply_to_has_no_part_in_it() -> None:
    assert metric(scored([0.0, 0.0, 0.3, ""], [0.5], [""])).value == pytest.approx(0.3)
    assert measure_metrics(scored([""], [""]), Measure("m"), [1]) == {}
    assert measure_metrics(scored([None]), Measure("m"), [1]) == {}


def test_what_is_not_measured_yet_leaves_bounds() -> None:
    found = metric(scored([0.5, None], [1.0]))
    assert found.value is None
    assert found.low <= 0.625 and found.high >= 0.875
    larger = metric(scored([3.0, None], [1.0]))  # what exceeds 1 may be exceeded again
    assert larger.high >= 2.0


def test_the_interval_of_a_number_above_one_contains_it() -> None:
    found = metric(scored([2.0], [2.0], [2.0], [2.0]))
    assert found.value == 2.0
    assert found.low < 2.0 <= found.high


def test_a_measure_that_is_a_verdict_has_pass_at_k() -> None:
    samples = scored([1, 0, 0, 1], [0, 0, 0, 0], ["", "", "", ""])
    found = measure_metrics(samples, Measure("m", passes=True), [1, 3])
    assert found["m_pass@1"].value == pytest.approx(0.25)
    assert found["m_pass@3"].value == pytest.approx(pass_at_k(4, 2, 3) / 2)
    unknown = measure_metrics(scored([1, None]), Measure("m", passes=True), [1])["m_pass@1"]
    assert unknown.value is None
