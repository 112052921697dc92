"""What a ranking is worth: the first answer against all of them."""

from __future__ import annotations

import pytest

from codeupdate.scoring.metrics import Scored, Truth
from codeupdate.scoring.ranked import ranked_metrics


def scored(unit: str, *passed: Truth) -> list[Scored]:
    return [Scored(unit, unit, found) for found in passed]


def test_the_first_answer_is_compared_with_all() -> None:
    found = ranked_metrics(scored("a", True, False) + scored("b", True, True) + scored("c", False))
    assert found["ranked_pass@1"].value == pytest.approx(2 / 3)
    assert found["ranking_gain"].value == pytest.approx((1 / 2 + 0 + 0) / 3)


def test_a_bad_ranking_loses() -> None:
    gain = ranked_metrics(scored("a", False, True) + scored("b", False, True))["ranking_gain"]
    assert gain.value == pytest.approx(-0.5)
    assert gain.low <= -0.5 <= gain.high


def test_what_is_not_known_leaves_bounds() -> None:
    gain = ranked_metrics(scored("a", True, None) + scored("b", True, False))["ranking_gain"]
    assert gain.value is None
    assert gain.low <= (0 + 1 / 2) / 2 and gain.high >= 1 / 2
