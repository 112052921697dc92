"""The headline is computed, and what weakens a number is said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.store import Store
from codeupdate.report import headline, notes
from codeupdate.report.notes import main_metric
from codeupdate.types import Arm
from tests.report.runs import made


def test_a_finished_run_needs_no_note(finished: Result) -> None:
    assert list(notes(finished)) == []


def test_missing_and_failed_samples_are_said_with_the_way_on(unfinished: Result) -> None:
    said = list(notes(unfinished))
    failed, missing = said[0], said[1]
    assert failed.startswith(f"{unfinished.failures} of the samples")
    assert missing.startswith(f"{unfinished.unknown} planned samples are not judged yet")
    for line in (failed, missing):
        assert line.endswith(f"codeupdate eval --resume '{unfinished.run}'")  # it has a blank


def test_faults_of_answers_are_said_once_a_task(unfinished: Result) -> None:
    faults = [line for line in notes(unfinished) if line.startswith("kit-update: ")]
    assert len(faults) == 2
    assert "no code that could be found: 100.0 % with none, 100.0 % with docs" in faults[0]
    assert "cut off at the token limit" in faults[1]


def test_headline_has_the_best_arm_what_it_gained_and_what_it_costs(finished: Result) -> None:
    none, lora = (
        next(arm for arm in finished.results if arm.arm.editor == name).metrics["pass@1"].value
        for name in ("none", "lora")
    )
    said = headline(finished)
    assert said.startswith(f"lora brings tiny from {100 * none:.1f} % to {100 * lora:.1f} % pass@1")
    assert "An edit takes 1.7 s; unrelated problems change by -" in said


def test_headline_does_not_claim_what_may_be_chance(finished: Result) -> None:
    weak = tuple(replace(found, p_adjusted=0.4) for found in finished.comparisons)
    assert "may be chance (p = 0.40)" in headline(replace(finished, comparisons=weak))
    assert "chance" not in headline(finished)


def test_headline_where_the_baseline_is_the_best(finished: Result) -> None:
    arms = tuple(arm for arm in finished.results if arm.arm.editor in ("none", "random-ft"))
    assert headline(replace(finished, results=arms)).startswith(
        "No arm does better on kit-update than none: tiny reaches"
    )


def test_headline_where_all_arms_are_the_same(finished: Result) -> None:
    zero = next(arm for arm in finished.results if arm.arm.editor == "random-ft")
    twin = replace(zero, arm=Arm("tiny", "twin"))
    said = headline(replace(finished, results=(zero, twin), comparisons=()))
    assert said == "All 2 arms reach 0.0 % pass@1 on kit-update with tiny."


def test_headline_of_an_unfinished_run_names_no_winner(tmp_path: Path) -> None:
    result = made(tmp_path / "run", tasks=("humaneval",), arms=("none", "lora"), unjudged=2)
    assert headline(result) == (
        "The run on humaneval is not finished: pass@1 is known for 0 of 2 arms."
    )


def test_headline_of_another_k_says_what_is_tested(tmp_path: Path) -> None:
    result = made(tmp_path / "run", tasks=("humaneval",), arms=("none", "lora"), k=(2,))
    (found,) = result.comparisons
    begin = r"lora brings tiny from .* to 100\.0 % pass@2 on humaneval"
    points = re.escape(f"{100 * found.difference.value:+.1f}")
    tested = rf"{begin}; only pass@1 is tested: {points} points, "
    assert re.match(rf"{tested}beyond chance \(p < 0\.01\)\. An edit", headline(result))
    weak = replace(result, comparisons=(replace(found, p_adjusted=0.4),))
    assert re.match(rf"{tested}which may be chance \(p = 0\.40\)\. An edit", headline(weak))
    other = replace(result, comparisons=(replace(found, metric="specificity"),))
    assert re.match(rf"{begin}, a difference that is not tested\.", headline(other))


def test_the_main_metric_is_of_the_smallest_k_that_all_arms_have(
    finished: Result, tmp_path: Path
) -> None:
    order = made(tmp_path / "run", tasks=("humaneval",), arms=("none", "lora"), n=3, k=(3, 1, 2))
    assert main_metric(order.results) == "pass@1"
    other = made(tmp_path / "other", tasks=("humaneval",), arms=("none",), k=(2,))
    assert main_metric((*order.results, *other.results)) == "pass@2"


def test_suspicious_passes_are_counted_and_say_where_to_look(tmp_path: Path) -> None:
    result = made(
        tmp_path / "run", tasks=("humaneval",), arms=("none", "lora"), suspicions=("frames",)
    )
    lora = next(arm for arm in result.results if arm.arm.editor == "lora")
    (said,) = notes(result)
    assert f": {lora.outcomes['passed']} with lora; " in said
    assert "on the page (--html) or in an export (column suspicions)" in said


def test_a_run_that_was_stopped_before_its_plan(tmp_path: Path) -> None:
    Store.create(tmp_path / "run", {"k": [1], "provenance": {}}).close()
    result = read_result(tmp_path / "run")
    assert headline(result) == "Nothing has been evaluated yet."
    assert "nothing is planned" in next(notes(result))
