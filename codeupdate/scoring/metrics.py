"""From judged samples to the metrics of an arm.

Every planned sample has a place in the denominator. Where a verdict is missing (the run
was stopped) or was our own failure, a metric has no value: only the bounds between which
it lies are given, with the unknown samples counted against and then for the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codeupdate.scoring.intervals import Interval, crossed_mean
from codeupdate.scoring.passk import pass_at_k

__all__ = ["Metric", "Scored", "Truth", "metric", "pass_rates"]

Truth = bool | None  # None: not known


@dataclass(frozen=True, slots=True)
class Scored:
    """One sample as scoring sees it. ``unit`` is the question that it answers, ``cluster`` what
    that stands or falls with; so it does with ``edit``, after which an unrelated problem was
    asked."""

    unit: str
    cluster: str
    passed: Truth
    edit: str = ""
    solved_by_update: Truth = None  # passed with the update and not without it
    adopted: Truth = None  # the updated API was called
    documented: Truth = None  # the update that it needs was shown in the prompt
    extracted: Truth = None
    truncated: Truth = None
    overflowed: Truth = None  # the prompt left no room for an answer
    suspicious: Truth = None  # passed, and did what ordinary solutions do not do
    others: Mapping[str, Truth] = field(default_factory=dict)  # checks that do not decide
    measures: Mapping[str, float] | None = None  # None: not known
    observed: Mapping[str, float] | None = None  # while it was made; None: not known

    @property
    def worked_around(self) -> Truth:
        """Passed without calling the updated API."""
        if self.passed is None or self.adopted is None:
            return None
        return self.passed and not self.adopted


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean over questions and the ends of its interval; no value where it is not known."""

    value: float | None
    low: float
    high: float


def pass_rates(
    samples: Sequence[Scored], k: int, truth: Callable[[Scored], Truth]
) -> tuple[dict[str, float], dict[str, float]]:
    """Per unit: pass@k with the unknown counted as failed, and as passed.

    Raises:
        UsageError: a unit has fewer than ``k`` samples.
    """
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for sample in samples:
        found, count = truth(sample), counts[sample.unit]
        count[0] += 1
        count[1] += found is True
        count[2] += found is not False
    low = {unit: pass_at_k(n, sure, k) for unit, (n, sure, _) in counts.items()}
    high = {unit: pass_at_k(n, possible, k) for unit, (n, _, possible) in counts.items()}
    return low, high


def metric(
    samples: Sequence[Scored], truth: Callable[[Scored], Truth], *, k: int = 1, seed: int = 0
) -> Metric:
    """The mean of pass@k over units, clusters resampled, and edits where there are several.
    ``k`` = 1 is the plain rate.

    Raises:
        UsageError: a unit has fewer than ``k`` samples.
        ValueError: there are no samples.
    """
    low, high = pass_rates(samples, k, truth)
    of_unit = {sample.unit: sample for sample in samples}
    edits = [of_unit[unit].edit for unit in low]
    clusters = [of_unit[unit].cluster for unit in low]
    least = crossed_mean(list(low.values()), edits, clusters, seed=seed)
    if low == high:
        return Metric(least.value, least.low, least.high)
    most: Interval = crossed_mean(list(high.values()), edits, clusters, seed=seed)
    return Metric(None, least.low, most.high)
