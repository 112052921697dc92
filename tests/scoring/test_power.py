"""Planning against what happens: simulated runs of the planned size see the difference as
often as promised, and what two arms were like is found again in their verdicts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from codeupdate.errors import DataError, UsageError
from codeupdate.scoring import mcnemar
from codeupdate.scoring.power import (
    Assumptions,
    Goal,
    assumed,
    detectable,
    mcnemar_problems,
    observed,
    problems_needed,
)

SIZE = 4  # problems of an update
BASELINE, LIFT = 0.4, 0.1
#: How far a problem is harder or easier, and how far an update and a problem differ in what
#: the arm is worth for them; each up or down with probability 1/2.
HARDNESS, BY_UPDATE, BY_PROBLEM = 0.2, 0.1, 0.1
BETWEEN = BY_UPDATE**2 + BY_PROBLEM**2
VARIANCES = HARDNESS**2, HARDNESS**2 + BETWEEN
WORLD = Assumptions(
    baseline=BASELINE,
    arm=BASELINE + LIFT,
    between=BETWEEN,
    within=sum(
        rate * (1 - rate) - variance
        for rate, variance in zip((BASELINE, BASELINE + LIFT), VARIANCES, strict=True)
    ),
    correlation=HARDNESS**2 / math.sqrt(math.prod(VARIANCES)),
    icc=BY_UPDATE**2 / BETWEEN,
    per_update=SIZE,
    companions=SIZE - 1,
)


def simulated(
    random: np.random.Generator, updates: int, n: int, lift: float = LIFT
) -> NDArray[np.bool_]:
    """Verdicts of the two arms of ``WORLD``: (arm, update, problem, sample)."""

    def either(scale: float, *shape: int) -> NDArray[np.float64]:
        return scale * random.choice([-1.0, 1.0], size=shape)

    base = BASELINE + either(HARDNESS, updates, SIZE)
    arm = base + lift + either(BY_UPDATE, updates, 1) + either(BY_PROBLEM, updates, SIZE)
    return random.random((2, updates, SIZE, n)) < np.stack([base, arm])[..., None]


def seen(verdicts: NDArray[np.bool_]) -> bool:
    """Whether the difference is significant, updates being what is independent."""
    by_update = (verdicts[1].mean(-1) - verdicts[0].mean(-1)).mean(-1)
    error = by_update.std(ddof=1) / math.sqrt(len(by_update))
    return bool(abs(by_update.mean()) > 1.959964 * error)


@pytest.mark.parametrize(("n", "power"), [(1, 0.8), (1, 0.5), (5, 0.8), (20, 0.9)])
def test_a_run_of_the_planned_size_sees_the_difference_as_often_as_promised(
    n: int, power: float
) -> None:
    goal, random = Goal(LIFT, power), np.random.default_rng(n)
    updates = math.ceil(problems_needed(WORLD, goal, n) / SIZE)
    found = [seen(simulated(random, updates, n)) for _ in range(1500)]
    assert np.mean(found) == pytest.approx(power, abs=0.04)


def test_without_a_difference_it_is_seen_as_often_as_alpha_allows() -> None:
    random = np.random.default_rng(0)
    updates = math.ceil(problems_needed(WORLD, Goal(LIFT), 5) / SIZE)
    found = [seen(simulated(random, updates, 5, lift=0.0)) for _ in range(1500)]
    assert np.mean(found) == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize(("discordance", "difference"), [(0.2, 0.1), (0.5, 0.1), (0.4, 0.3)])
def test_mcnemars_exact_test_needs_what_is_said(discordance: float, difference: float) -> None:
    between = discordance - difference**2  # of a difference in -1, 0, 1
    world = Assumptions(0.3, 0.3 + difference, between, 0.0, 0.5, 0.0, 1, 0)
    gained, lost = (discordance + difference) / 2, (discordance - difference) / 2
    problems = mcnemar_problems(world, Goal(difference))
    random = np.random.default_rng(1)
    found = []
    for _ in range(1500):
        drawn = random.random(problems)
        up, down = int((drawn < gained).sum()), int((drawn > 1 - lost).sum())
        found.append(mcnemar([(0, 1)] * up + [(1, 0)] * down).p_value <= 0.05)
    assert 0.76 < np.mean(found) < 0.88  # of few flips, whole numbers are stricter than planned


@pytest.mark.parametrize("n", [2, 8])
def test_what_two_arms_are_like_is_found_in_their_verdicts(n: int) -> None:
    verdicts = simulated(np.random.default_rng(2), 4000, n)
    base, arm = (
        {
            f"{update}/{problem}": one[update, problem].tolist()
            for update in range(4000)
            for problem in range(SIZE)
        }
        for one in verdicts
    )
    found = observed(base, arm, {name: name.split("/")[0] for name in base}, sampled=0.5)
    for name in ("baseline", "arm", "between", "within", "correlation", "icc", "companions"):
        assert getattr(found, name) == pytest.approx(getattr(WORLD, name), abs=0.1), name
    assert found.between == pytest.approx(WORLD.between, rel=0.25)
    assert found.within == pytest.approx(WORLD.within, rel=0.05)


def test_one_sample_a_problem_tells_no_luck_from_difference() -> None:
    base = {f"{i}": [i % 2 == 0] for i in range(20)}
    arm = {f"{i}": [i % 4 != 1] for i in range(20)}
    clusters = {name: name for name in base}
    none, half = (observed(base, arm, clusters, sampled=share) for share in (0.0, 0.5))
    assert (none.within, half.within) == (0.0, pytest.approx(half.between))
    assert problems_needed(none, Goal(0.1), 1) == problems_needed(half, Goal(0.1), 1)
    assert problems_needed(none, Goal(0.1), 5) > problems_needed(half, Goal(0.1), 5)


def test_updates_of_different_sizes_count_by_who_is_in_them() -> None:
    base = {name: [False] for name in ("a1", "a2", "a3", "b1")}
    arm = {"a1": [True], "a2": [False], "a3": [True], "b1": [False]}
    found = observed(base, arm, {name: name[0] for name in base}, sampled=0.0)
    assert (found.per_update, found.companions) == (2, (9 + 1) / 4 - 1)


def test_a_single_update_is_refused() -> None:
    with pytest.raises(DataError, match="1 updates in common"):
        observed({"a": [True]}, {"a": [False]}, {"a": "u"}, sampled=0.0)


def test_millers_formula_without_clusters() -> None:
    # (1.96 + 0.84)² × (1/9) / 0.03²
    world = Assumptions(0.5, 0.53, 1 / 9, 1 / 6, 0.5, 0.0, 1, 0)
    assert problems_needed(world, Goal(0.03), math.inf) == pytest.approx(969, abs=1)


shares = st.floats(0, 1)
worlds = st.builds(
    lambda base, lift, sampled, correlation, icc, size: assumed(
        Goal(lift),
        baseline=base,
        sampled=sampled,
        correlation=correlation,
        icc=icc,
        per_update=size,
    ),
    *(st.floats(0.05, 0.5), st.floats(0.01, 0.4), shares, st.floats(-1, 1), shares),
    st.integers(1, 30),
)


@given(worlds, st.integers(1, 50))
def test_more_samples_never_need_more_problems_and_infinitely_many_are_the_floor(
    world: Assumptions, n: int
) -> None:
    goal = Goal(0.05)
    floor = problems_needed(world, goal, math.inf)
    assert problems_needed(world, goal, n) >= problems_needed(world, goal, n + 1) >= floor
    if world.within == 0:
        assert problems_needed(world, goal, n) == floor


@given(worlds, st.floats(0.01, 0.3), st.integers(1, 20))
def test_what_is_harder_to_see_needs_more_problems(
    world: Assumptions, difference: float, n: int
) -> None:
    easy = problems_needed(world, Goal(difference), n)
    assert problems_needed(world, Goal(difference / 2), n) >= easy
    assert problems_needed(world, Goal(-difference), n) == easy
    assert problems_needed(world, Goal(difference, power=0.95), n) >= easy
    assert problems_needed(world, Goal(difference, comparisons=10), n) >= easy
    assert problems_needed(replace(world, icc=0.0), Goal(difference), n) <= easy


@given(worlds, st.integers(1, 20))
def test_what_can_be_seen_with_so_many_problems_needs_so_many(world: Assumptions, n: int) -> None:
    found = detectable(world, Goal(0.05), 400, n)
    if 1e-6 < found < 1:
        assert problems_needed(world, Goal(found), n) in (400, 401)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"difference": 0.0}, "0 points"),
        ({"difference": 0.1, "power": 1.0}, "power 1"),
        ({"difference": 0.1, "power": 0.01}, "above alpha"),
        ({"difference": 0.1, "comparisons": 0}, "at least one"),
    ],
)
def test_an_impossible_goal_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Goal(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"baseline": 0.95}, "leaves 0"), ({"icc": 2.0}, "icc is 2"), ({"per_update": 0.5}, "from 1")],
)
def test_impossible_assumptions_are_refused(wrong: dict[str, float], said: str) -> None:
    usual = {"baseline": 0.4, "sampled": 0.4, "correlation": 0.5, "icc": 0.3, "per_update": 4}
    with pytest.raises(UsageError, match=said):
        assumed(Goal(0.1), **{**usual, **wrong})
