"""Intervals that respect clusters.

The problems of one update stand or fall together, so it is updates, not problems, that
are drawn again in the bootstrap (the cluster bootstrap; Field and Welsh 2007). Where
every cluster agrees the bootstrap has no width and would claim certainty: then the
interval is the exact binomial one (Clopper and Pearson 1934) with as many trials as
there are clusters, the most cautious reading of what was seen.

An unrelated problem is asked again after edit upon edit. Its answers share the problem (and,
in a difference, the one answer of the unedited model) as much as those after one edit share
the edit, so edits and problems are both drawn again, each by themselves (the pigeonhole
bootstrap; Owen 2007). That counts three times what is peculiar to a single answer, which
is much where few answers share an edit or a problem. So its interval is narrowed to the
variance of two-way clustering, which counts it once (Cameron, Gelbach and Miller 2011), but
to no less than that of either factor alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "clustered_mean", "crossed_mean", "unanimous"]

MANY = 2000  # clusters
CELLS = 20_000_000  # of a matrix (draws, clusters)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its interval."""

    value: float
    low: float
    high: float


def clustered_mean(
    values: Sequence[float],
    clusters: Sequence[str],
    *,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """The mean of ``values`` with a percentile interval over resampled ``clusters``.

    ``values`` lie within ``bounds``; both sequences have one entry a problem.

    Raises:
        ValueError: there are no values, or the lengths differ.
    """
    if not values or len(values) != len(clusters):
        raise ValueError(f"{len(values)} values in {len(clusters)} clusters have no mean")
    sums: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value
        counts[cluster] += 1
    names = sorted(sums)
    sum_of = np.array([sums[name] for name in names])
    count_of = np.array([counts[name] for name in names], dtype=float)
    mean = float(sum_of.sum() / count_of.sum())

    means = sum_of / count_of
    if float(means.max() - means.min()) < 1e-12:
        return unanimous(mean, len(names), level=level, bounds=bounds)
    resampled = _resampled(sum_of, count_of, draws, np.random.default_rng(seed))
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    # The percentile interval of a few draws may just miss the estimate itself.
    return Interval(mean, min(float(low), mean), max(float(high), mean))


def _resampled(
    sum_of: np.ndarray, count_of: np.ndarray, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """The means of so many resamples. How often each cluster is drawn is all that one is; of
    many clusters, how often any of those is drawn that have the same sum and count."""
    clusters = len(sum_of)
    share = np.full(clusters, 1 / clusters)
    if clusters > MANY:
        pairs = np.stack([sum_of, count_of])
        (sum_of, count_of), often = np.unique(pairs, axis=1, return_counts=True)
        share = often / clusters
    at_once = max(CELLS // len(sum_of), 1)
    found = []
    for begin in range(0, draws, at_once):
        size = min(at_once, draws - begin)
        drawn = generator.multinomial(clusters, share, size=size)
        found.append((drawn @ sum_of) / (drawn @ count_of))
    return np.concatenate(found)


def crossed_mean(
    values: Sequence[float],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """The mean of ``values`` with an interval over resampled ``rows`` and ``columns``.

    ``values`` lie within ``bounds``; the sequences have one entry a value, the names of the row
    and the column that it stands in. Not every row has to meet every column. With a single row
    this is :func:`clustered_mean` over columns, and the reverse.

    Raises:
        ValueError: there are no values, or the lengths differ.
    """
    if not values or not len(values) == len(rows) == len(columns):
        raise ValueError(
            f"{len(values)} values in {len(rows)} rows and {len(columns)} columns have no mean"
        )
    for one, other in ((rows, columns), (columns, rows)):
        if len(set(one)) == 1:
            return clustered_mean(values, other, level=level, draws=draws, seed=seed, bounds=bounds)
    sums, counts = _table(values, rows, columns)
    mean = float(sums.sum() / counts.sum())
    low = high = mean
    for axis in (0, 1):
        means = sums.sum(axis=axis) / counts.sum(axis=axis)
        if float(np.ptp(means)) < 1e-12:  # drawing these again would claim certainty
            alone = unanimous(mean, len(means), level=level, bounds=bounds)
            low, high = min(low, alone.low), max(high, alone.high)
    deviations = sums - mean * counts
    if float(np.abs(deviations).max()) > 1e-9:
        resampled = _resampled_both(sums, counts, draws, np.random.default_rng(seed))
        tail = (1 - level) / 2
        ends = mean + _narrowing(deviations) * (np.quantile(resampled, [tail, 1 - tail]) - mean)
        low, high = min(low, float(ends[0])), max(high, float(ends[1]))
    return Interval(mean, low, high)


def _table(
    values: Sequence[float], rows: Sequence[str], columns: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts of the values in each cell, both (rows, columns)."""
    places = []
    for names in (rows, columns):
        place = {name: i for i, name in enumerate(sorted(set(names)))}
        places.append(np.array([place[name] for name in names]))
    shape = (int(places[0].max()) + 1, int(places[1].max()) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (places[0], places[1]), values)
    np.add.at(counts, (places[0], places[1]), 1.0)
    return sums, counts


def _resampled_both(
    sums: np.ndarray, counts: np.ndarray, draws: int, generator: np.random.Generator
) -> np.ndarray:
    """The means of at most so many resamples: a cell counts as often as its row was drawn,
    times how often its column was."""
    at_once = max(CELLS // max(sums.shape), 1)
    found = []
    for begin in range(0, draws, at_once):
        size = min(at_once, draws - begin)
        by_row, by_column = (_times_drawn(n, size, generator) for n in sums.shape)
        count = np.einsum("ij,ij->i", by_row @ counts, by_column)
        # In a table with gaps the rows drawn may not meet the columns drawn: at most three
        # resamples in five have nothing, for one cell alone is in two of five.
        met = count > 0
        found.append(np.einsum("ij,ij->i", by_row @ sums, by_column)[met] / count[met])
    return np.concatenate(found)


def _times_drawn(n: int, draws: int, generator: np.random.Generator) -> np.ndarray:
    """How often each of ``n`` comes up when ``n`` are drawn, (draws, n): multinomial counts.

    Counting what was drawn takes a third of the time of ``generator.multinomial``.
    """
    drawn = generator.integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n).astype(float)


def _narrowing(deviations: np.ndarray) -> float:
    """By how much the pigeonhole bootstrap is too wide, at most 1.

    ``deviations``: of each cell, the sum of what its values are off the mean. Both variances
    are of the mean, to first order, times the square of the number of values.
    """
    rows, columns = deviations.shape
    by_row = float((deviations.sum(axis=1) ** 2).sum())
    by_column = float((deviations.sum(axis=0) ** 2).sum())
    by_cell = float((deviations**2).sum())
    resampled = (1 - 1 / columns) * by_row + (1 - 1 / rows) * by_column + by_cell
    return math.sqrt(max(by_row, by_column, by_row + by_column - by_cell) / resampled)


def unanimous(
    value: float, clusters: int, *, level: float = 0.95, bounds: tuple[float, float] = (0.0, 1.0)
) -> Interval:
    """The interval where all ``clusters`` gave the same ``value``.

    What could have gone unseen in ``m`` trials has a probability of at most
    ``1 - (alpha/2) ** (1/m)`` (Clopper-Pearson with no event), and would have moved the
    mean by no more than the distance to the bound.
    """
    unseen = 1 - ((1 - level) / 2) ** (1 / clusters)
    low, high = bounds
    return Interval(
        value, value - (value - low) * unseen, math.fsum([value, (high - value) * unseen])
    )
