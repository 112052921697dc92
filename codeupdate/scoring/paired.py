"""Two arms on the same problems: difference, McNemar's test, flips, several arms at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeupdate.scoring.intervals import Interval, crossed_mean

__all__ = ["Flips", "holm", "mcnemar", "paired_difference"]


@dataclass(frozen=True, slots=True)
class Flips:
    """Pairs in which the two arms differ, and the exact test that it is chance.

    ``positive``: the arm did better, so with verdicts the baseline failed and the arm
    passed; ``negative``: the reverse.
    """

    positive: int
    negative: int
    p_value: float


def mcnemar(pairs: Sequence[tuple[float, float]]) -> Flips:
    """McNemar's exact test over (baseline passed, arm passed); of numbers, more is better.

    Under the null hypothesis a flip goes either way with probability 1/2, so the
    two-sided p-value is a binomial tail (McNemar 1947; exact form). With numbers in place
    of verdicts that is the sign test. It takes pairs to be independent: give it one pair a
    problem; with clusters, read the interval of ``paired_difference`` beside it.
    """
    positive = sum(before < after for before, after in pairs)
    negative = sum(before > after for before, after in pairs)
    flips = positive + negative
    tail, ways = 0, 1  # of choosing i of the flips
    for i in range(min(positive, negative) + 1):
        tail += ways
        ways = ways * (flips - i) // (i + 1)
    return Flips(positive, negative, min(1.0, 2 * tail / 2**flips))


def paired_difference(
    baseline: Mapping[str, float],
    arm: Mapping[str, float],
    cluster_of: Mapping[str, str],
    *,
    edit_of: Mapping[str, str] | None = None,
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Mean of ``arm - baseline`` over problems, clusters resampled.

    ``edit_of``: where the same problems were asked after several edits, the edit of each; then
    edits are resampled, too. Like ``cluster_of``, it may know more than is asked for.

    Raises:
        ValueError: the arms were not asked the same problems.
    """
    if baseline.keys() != arm.keys():
        raise ValueError("a paired difference needs both arms on the same problems")
    problems = sorted(baseline)
    differences = [arm[p] - baseline[p] for p in problems]
    most = max([1.0, *map(abs, differences)])
    return crossed_mean(
        differences,
        [edit_of[p] if edit_of else "" for p in problems],
        [cluster_of[p] for p in problems],
        level=level,
        draws=draws,
        seed=seed,
        bounds=(-most, most),
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted
