"""Intervals contain what they should, as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.scoring import clustered_mean

scores = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdef")), min_size=1, max_size=40)


@given(scores)
def test_the_mean_lies_within_and_the_interval_within_bounds(rows: list[tuple[float, str]]) -> None:
    values, clusters = [v for v, _ in rows], [c for _, c in rows]
    interval = clustered_mean(values, clusters, draws=200)
    assert interval.value == pytest.approx(np.mean(values))
    assert -1e-9 <= interval.low <= interval.value <= interval.high <= 1 + 1e-9


@given(scores, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[float, str]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = clustered_mean([v for v, _ in rows], [c for _, c in rows], draws=100)
    second = clustered_mean([v for v, _ in shuffled], [c for _, c in shuffled], draws=100)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_all_passed_is_not_certainty() -> None:
    interval = clustered_mean([1.0] * 40, [str(i // 10) for i in range(40)])
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.025 ** (1 / 4))  # four clusters, not forty problems


def test_more_clusters_say_more_than_more_problems() -> None:
    rng = np.random.default_rng(1)
    per_cluster = rng.uniform(size=40)
    few = clustered_mean(list(np.repeat(per_cluster[:8], 10)), [str(i // 10) for i in range(80)])
    many = clustered_mean(list(np.repeat(per_cluster, 2)), [str(i // 2) for i in range(80)])
    assert many.high - many.low < few.high - few.low


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for trial in range(300):
        rates = rng.beta(2, 2, size=30)  # mean 0.5; problems of a cluster share a rate
        values = (rng.uniform(size=(30, 8)) < rates[:, None]).astype(float).ravel()
        interval = clustered_mean(
            list(values), [str(i // 8) for i in range(240)], draws=400, seed=trial
        )
        covered += interval.low <= 0.5 <= interval.high
    assert 0.90 <= covered / 300 <= 0.98


def test_many_clusters_have_the_interval_of_the_normal_distribution() -> None:
    values = [float(i % 3 == 0) for i in range(30_000)]
    interval = clustered_mean(values, [str(i) for i in range(30_000)])
    half = 1.96 * (1 / 3 * 2 / 3 / 30_000) ** 0.5
    assert interval.value == pytest.approx(1 / 3)
    assert interval.low == pytest.approx(1 / 3 - half, abs=half / 20)
    assert interval.high == pytest.approx(1 / 3 + half, abs=half / 20)


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="0 values"):
        clustered_mean([], [])
