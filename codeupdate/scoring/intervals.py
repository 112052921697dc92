"""Intervals that respect clusters.

The problems of one update stand or fall together, so it is updates, not problems, that
are drawn again in the bootstrap (the cluster bootstrap; Field and Welsh 2007). Where
every cluster agrees the bootstrap has no width and would claim certainty: then the
interval is the exact binomial one (Clopper and Pearson 1934) with as many trials as
there are clusters, the most cautious reading of what was seen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "clustered_mean", "unanimous"]

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
