"""Runs side by side: which arm is paired with which, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.errors import StoreError, UsageError
from codeupdate.evaluation.results import read_result
from codeupdate.evaluation.side_by_side import one_run, side_by_side
from codeupdate.report.labels import arm_name
from codeupdate.scoring import holm
from codeupdate.types import Arm, Outcome
from tests.evaluation.test_results import LORA, NONE, Judged, write

P, F = Outcome.PASSED, Outcome.FAILED
PROBLEMS = ("u/1", "u/2", "v/1", "v/2")
FAILS: Judged = dict.fromkeys(PROBLEMS, (F, None, 0))
ALL: Judged = dict.fromkeys(PROBLEMS, (P, F, 1))
HALF: Judged = {**FAILS, "u/1": (P, F, 1), "v/1": (P, F, 1)}


def pairs(folders: list[Path], against: str | None = None) -> list[tuple[str, str]]:
    found = side_by_side(folders, against).comparisons
    return [(arm_name(c.baseline), arm_name(c.arm)) for c in found if c.metric == "pass@1"]


def test_two_runs_are_compared_on_the_questions_that_both_were_asked(tmp_path: Path) -> None:
    first = write(tmp_path / "first", {NONE: FAILS})
    judged: Judged = {"u/1": (P, F, 1), "u/2": (F, None, 0)}
    second = write(tmp_path / "second", {NONE: judged}, planned=("u/1", "u/2"))
    found = {one.metric: one for one in side_by_side([first, second]).comparisons}
    assert found["pass@1"].questions == 2
    assert found["pass@1"].difference.value == 0.5
    assert "specificity" not in found  # neither run asked any


def test_an_arm_is_compared_with_the_same_arm_of_the_first_run(tmp_path: Path) -> None:
    runs = [write(tmp_path / name, {NONE: FAILS, LORA: HALF}) for name in ("a", "b", "c")]
    assert pairs(runs) == [
        (f"{editor} of m (a)", f"{editor} of m ({run})")
        for run in ("b", "c")
        for editor in ("none", "lora")
    ]


def test_an_arm_without_a_partner_is_compared_with_the_baseline(tmp_path: Path) -> None:
    first = write(tmp_path / "first", {NONE: FAILS})
    second = write(tmp_path / "second", {LORA: HALF, Arm("m", "ft"): ALL})
    assert pairs([first, second]) == [("none of m", "lora of m"), ("none of m", "ft of m")]


def test_every_arm_may_be_compared_with_one(tmp_path: Path) -> None:
    first = write(tmp_path / "a", {NONE: FAILS, LORA: HALF})
    second = write(tmp_path / "b", {NONE: HALF, LORA: ALL})
    assert pairs([first, second], "lora") == [
        ("lora of m (a)", f"{other}")
        for other in ("none of m (a)", "none of m (b)", "lora of m (b)")
    ]


def test_all_pairs_of_a_metric_are_corrected_together(tmp_path: Path) -> None:
    runs = [
        write(tmp_path / name, {NONE: judged})
        for name, judged in {"a": FAILS, "b": ALL, "c": HALF}.items()
    ]
    found = [c for c in side_by_side(runs).comparisons if c.metric == "pass@1"]
    assert [c.flips.p_value for c in found] == [0.125, 0.5]
    assert [c.p_adjusted for c in found] == holm([0.125, 0.5]) == [0.25, 0.5]


def test_flips_are_those_that_the_test_counts(tmp_path: Path) -> None:
    first = write(
        tmp_path / "a", {NONE: FAILS, LORA: HALF}, unrelated={NONE: {"b": P}, LORA: {"b": P}}
    )
    second = write(
        tmp_path / "b", {NONE: HALF, LORA: ALL}, unrelated={NONE: {"b": F}, LORA: {"b": P}}
    )
    found = side_by_side([first, second])
    assert [(f.arm.editor, f.role, f.problem, f.gained) for f in found.flips] == [
        ("none", "efficacy", "u/1", True),
        ("none", "efficacy", "v/1", True),
        ("none", "specificity", "b", False),
        ("lora", "efficacy", "u/2", True),
        ("lora", "efficacy", "v/2", True),
    ]
    counted = [c.flips for c in found.comparisons if c.metric in ("pass@1", "specificity")]
    assert sum(c.positive + c.negative for c in counted) == len(found.flips)
    assert found.flips[0].after.stage == "t/none/all"
    assert found.folder(found.flips[0].arm) == second


def test_one_run_has_the_same_form(tmp_path: Path) -> None:
    result = read_result(write(tmp_path / "a", {NONE: FAILS, LORA: HALF}))
    found = one_run(result)
    assert found.comparisons == result.comparisons
    assert [(f.problem, f.gained, f.baseline) for f in found.flips] == [
        ("u/1", True, NONE),
        ("v/1", True, NONE),
    ]


def test_names_of_runs_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    runs = [write(tmp_path / name / "run", {NONE: FAILS}) for name in ("a", "b")]
    models = [arm.model for named in side_by_side(runs).names.values() for arm in named.values()]
    assert models == [f"m ({run})" for run in runs]


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    first = write(tmp_path / "a", {NONE: FAILS})
    other = write(tmp_path / "b", {NONE: {"w/1": (P, F, 1)}}, planned=("w/1",))
    for folders, against, said in (
        ([first], None, "two runs or more"),
        ([first, tmp_path / "x" / ".." / "a"], None, "named twice"),
        ([first, other], None, "no judged questions in common"),
        ([first, other], "ft", "no run has an arm 'ft'.*none"),
    ):
        with pytest.raises(UsageError, match=said):
            side_by_side(folders, against)
    with pytest.raises(StoreError, match="no run in"):
        side_by_side([first, tmp_path / "nowhere"])
