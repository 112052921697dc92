"""How many problems and samples it takes to see a difference between two arms.

Both arms answer the same problems, ``n`` times each, and the differences of their pass rates
are averaged. Of the variance of one such difference, a part is the problems' own (the arm
helps with some more than with others) and a part is the luck of sampling, which ``n`` samples
divide by ``n`` (Miller 2024, arXiv 2411.00640, section 5). The problems of one update stand or
fall together, which multiplies the first part by a design effect, 1 + companions × icc (Kish
1965); the luck of sampling is independent. With N problems the standard error is then::

    SE² = (between × (1 + companions × icc) + within / n) / N

and a difference of SE × (z(1 - alpha/2) + z(power)) is found significant, two-sided, with the
probability ``power``. Of ``comparisons`` corrected together the strictest gets alpha/comparisons
(Bonferroni; Holm's correction asks it of the smallest p-value). These are normal
approximations: below some thirty updates they promise a little too much.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

import numpy as np
from numpy.typing import NDArray

from codeupdate.errors import DataError, UsageError

__all__ = [
    "Assumptions",
    "Goal",
    "assumed",
    "detectable",
    "mcnemar_problems",
    "observed",
    "problems_needed",
]

MOST = 10_000_000  # problems; nobody has more


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What two arms are like on a set of problems; all rates are fractions.

    ``between``: variance, over problems, of the difference of the true pass rates;
    ``within``: the variance that sampling adds to it at n = 1, summed over both arms;
    ``correlation``: of the arms' true pass rates over problems; ``icc``: of the true
    differences of two problems of one update; ``per_update``: mean number of problems of an
    update; ``companions``: how many others of its update a problem has on average, which is
    more than ``per_update - 1`` where updates differ in size.
    """

    baseline: float
    arm: float
    between: float
    within: float
    correlation: float
    icc: float
    per_update: float
    companions: float


@dataclass(frozen=True, slots=True)
class Goal:
    """The difference that is to be seen, as a fraction, and how surely.

    Raises:
        UsageError: a value is not possible.
    """

    difference: float
    power: float = 0.8
    alpha: float = 0.05
    comparisons: int = 1

    def __post_init__(self) -> None:
        if not 0 < abs(self.difference) <= 1:
            raise UsageError(
                f"a difference of {100 * self.difference:g} points cannot be planned for; "
                "name one between 0 and 100"
            )
        if not 0 < self.alpha < 1 or not self.alpha < self.power < 1:
            raise UsageError(
                f"power {self.power:g} at alpha {self.alpha:g} is not possible: both lie "
                "between 0 and 1, and power is above alpha"
            )
        if self.comparisons < 1:
            raise UsageError(f"{self.comparisons} comparisons are none; name at least one")

    @property
    def errors(self) -> float:
        """How many standard errors away the difference has to be."""
        normal = NormalDist()
        return normal.inv_cdf(1 - self.level / 2) + normal.inv_cdf(self.power)

    @property
    def level(self) -> float:
        """The significance level of the strictest comparison."""
        return self.alpha / self.comparisons


# --------------------------------------------------------------- what arms are like


def assumed(
    goal: Goal,
    *,
    baseline: float,
    sampled: float,
    correlation: float,
    icc: float,
    per_update: float,
) -> Assumptions:
    """Two arms that differ by what is to be seen.

    ``sampled`` is the share of the variance of one sample, p (1 - p), that is the luck of
    sampling; the rest is that some problems are harder than others.

    Raises:
        UsageError: a value is not possible, or the arm's rate would leave 0 … 1.
    """
    for name, value, low, high in (
        ("baseline", baseline, 0, 1),
        ("sampled", sampled, 0, 1),
        ("correlation", correlation, -1, 1),
        ("icc", icc, 0, 1),
        ("per-update", per_update, 1, MOST),
    ):
        if not low <= value <= high:
            raise UsageError(f"{name} is {value:g}; it has to be from {low} to {high}")
    arm = baseline + goal.difference
    if not -1e-9 <= arm <= 1 + 1e-9:
        raise UsageError(
            f"from a baseline of {100 * baseline:g} %, a difference of "
            f"{100 * goal.difference:+g} points leaves 0 … 100 %; name a smaller one or another "
            "baseline"
        )
    spreads = [rate * (1 - rate) for rate in (baseline, min(max(arm, 0.0), 1.0))]
    of_problems = [(1 - sampled) * spread for spread in spreads]
    return Assumptions(
        baseline=baseline,
        arm=arm,
        between=max(sum(of_problems) - 2 * correlation * math.sqrt(math.prod(of_problems)), 0.0),
        within=sampled * sum(spreads),
        correlation=correlation,
        icc=icc,
        per_update=per_update,
        companions=per_update - 1,
    )


def observed(
    baseline: Mapping[str, Sequence[bool]],
    arm: Mapping[str, Sequence[bool]],
    cluster_of: Mapping[str, str],
    *,
    sampled: float,
) -> Assumptions:
    """What two arms were like on the problems that both were asked; values are verdicts.

    With two samples of a problem or more, what sampling adds is estimated without bias from
    the pairs of them, and taken away from what is seen between problems. With one sample the
    two cannot be told apart: ``sampled`` is then the share that sampling is given. The
    intra-update correlation is the analysis of variance's estimate, held within 0 … 1.

    Raises:
        DataError: fewer than two updates have problems in common.
    """
    problems = sorted(baseline.keys() & arm.keys())
    sizes: dict[str, int] = defaultdict(int)
    for problem in problems:
        sizes[cluster_of[problem]] += 1
    if len(sizes) < 2:
        raise DataError(
            f"the two arms have judged problems of {len(sizes)} updates in common; variances "
            "can be estimated from two on: run more of them, or leave --from out"
        )
    rates = np.array([[fmean(one[p]) for p in problems] for one in (baseline, arm)])
    differences = rates[1] - rates[0]
    total = float(differences.var(ddof=1))
    noise = [_luck([one[p] for p in problems], sampled * total / 2) for one in (baseline, arm)]
    between = max(total - sum(of_rate for _, of_rate in noise), 0.0)
    true_variances = [
        max(float(rate.var(ddof=1)) - of_rate, 0.0)
        for rate, (_, of_rate) in zip(rates, noise, strict=True)
    ]
    scale = math.sqrt(math.prod(true_variances))
    shared = float(np.cov(rates)[0, 1])
    common = _between_clusters(differences, [cluster_of[p] for p in problems])
    return Assumptions(
        baseline=float(rates[0].mean()),
        arm=float(rates[1].mean()),
        between=between,
        within=sum(of_sample for of_sample, _ in noise),
        correlation=min(max(shared / scale, -1.0), 1.0) if scale > 0 else 0.0,
        icc=min(max(common / between, 0.0), 1.0) if between > 0 else 0.0,
        per_update=len(problems) / len(sizes),
        companions=sum(size * size for size in sizes.values()) / len(problems) - 1,
    )


def _luck(verdicts: Sequence[Sequence[bool]], unseen: float) -> tuple[float, float]:
    """What sampling adds to the variance of one sample, and to that of a problem's rate.

    Of n samples with c passed, c (n - c) / (n (n - 1)) is an unbiased estimate of p (1 - p).
    ``unseen`` is taken where there is one sample.
    """
    if any(len(one) < 2 for one in verdicts):
        return unseen, unseen
    parts = [sum(one) * (len(one) - sum(one)) / (len(one) * (len(one) - 1)) for one in verdicts]
    return fmean(parts), fmean(part / len(one) for part, one in zip(parts, verdicts, strict=True))


def _between_clusters(values: NDArray[np.float64], clusters: Sequence[str]) -> float:
    """The variance component of clusters (one-way analysis of variance, unequal sizes)."""
    members: dict[str, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        members[cluster].append(float(value))
    count, groups = len(values), list(members.values())
    if count == len(groups):
        return 0.0  # an update each: nothing to tell, and no companion to share it with
    size = (count - sum(len(own) ** 2 for own in groups) / count) / (len(groups) - 1)
    mean = float(values.mean())
    among = sum(len(own) * (fmean(own) - mean) ** 2 for own in groups) / (len(groups) - 1)
    inside = sum((value - fmean(own)) ** 2 for own in groups for value in own)
    return (among - inside / (count - len(groups))) / size


# ------------------------------------------------------------------ what that takes


def problems_needed(arms: Assumptions, goal: Goal, n: float) -> int:
    """The fewest problems with which the goal is reached; ``n`` may be ``math.inf``."""
    return max(2, math.ceil(_variance(arms, n) * (goal.errors / goal.difference) ** 2 - 1e-9))


def detectable(arms: Assumptions, goal: Goal, problems: int, n: float) -> float:
    """The smallest difference, as a fraction, that ``problems`` problems show as surely."""
    return min(1.0, goal.errors * math.sqrt(_variance(arms, n) / problems))


def _variance(arms: Assumptions, n: float) -> float:
    """N times the squared standard error of the mean difference."""
    return arms.between * (1 + arms.companions * arms.icc) + arms.within / n


def mcnemar_problems(arms: Assumptions, goal: Goal) -> int:
    """Problems for McNemar's exact test on one sample each, were they independent.

    Connor's formula (1987), with a flip more to be surpassed: the exact test on whole numbers
    is about as strict as the normal one with that continuity correction. Card et al. (2020,
    arXiv 2010.06595) simulate the same.
    """
    normal, difference = NormalDist(), abs(goal.difference)
    # At n = 1 a difference is -1, 0 or 1: its second moment is the probability of a flip.
    flips = min(1.0, max(difference, arms.between + arms.within + difference**2))
    roots = normal.inv_cdf(1 - goal.level / 2) * math.sqrt(flips)
    roots += normal.inv_cdf(goal.power) * math.sqrt(max(flips - difference**2, 0.0))
    # N × difference = roots × √N + 1, solved for √N
    return math.ceil(((roots + math.sqrt(roots**2 + 4 * difference)) / (2 * difference)) ** 2)
