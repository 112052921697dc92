"""A measure in parts: every part of every question counts once, known or not."""

from __future__ import annotations

from codeupdate.scoring.measures import Measure, measure_metrics
from codeupdate.scoring.metrics import Metric, Scored

METHODS = Measure("method", passes=True, parts=True)


def scored(unit: str, *passed: int | None) -> Scored:
    known = {f"method/{i}": float(found) for i, found in enumerate(passed) if found is not None}
    return Scored(unit, unit, None, measures=known or None)


def metrics(samples: list[Scored], k: int) -> Metric:
    return measure_metrics(samples, METHODS, [k])[f"method_pass@{k}"]


def test_it_is_averaged_over_parts_not_over_questions() -> None:
    assert metrics([scored("a", 1, 1, 1), scored("b", 0)], 1).value == 3 / 4


def test_samples_of_a_part_are_taken_together() -> None:
    samples = [scored("a", 1, 0), scored("a", 0, 0)]
    assert metrics(samples, 1).value == 1 / 4
    assert metrics(samples, 2).value == 1 / 2


def test_what_is_not_measured_has_the_parts_of_its_siblings() -> None:
    found = metrics([scored("a", 1, 0), scored("a", None)], 2)
    assert found.value is None
    assert (found.low, found.high) != (found.high, found.low)
    assert metrics([scored("a", 1, 0), scored("a", None)], 1).value is None


def test_a_question_that_was_never_measured_stays_in_the_denominator() -> None:
    assert metrics([scored("a", 1), scored("b", None)], 1).value is None
