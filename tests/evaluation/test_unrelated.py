"""Unrelated problems after edit upon edit: their intervals, and what is paired with what."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from codeupdate.evaluation.comparing import partners
from codeupdate.evaluation.plan import arm_path
from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage
from codeupdate.evaluation.results import ArmResult, read_result
from codeupdate.evaluation.side_by_side import side_by_side
from codeupdate.evaluation.store import Store
from codeupdate.report.side_by_side import comparison_notes
from codeupdate.report.tables import results_table
from codeupdate.scoring import clustered_mean, crossed_mean
from codeupdate.types import Arm, Outcome
from tests.evaluation.test_results import answer

NONE, LORA, FT = (Arm("m", editor) for editor in ("none", "lora", "ft"))
DEBUG = Arm("m", "lora", "self-debug")
P, F, I = Outcome.PASSED, Outcome.FAILED, Outcome.INFRASTRUCTURE  # noqa: E741
#: stage, without its arm → unrelated problem → how its first sample ended
After = dict[str, dict[str, Outcome]]
ONCE: After = {"all": {"a": P, "b": P, "c": F}}


def write(folder: Path, arms: dict[Arm, After]) -> Path:
    """A run in which every arm answers one problem, and these unrelated ones after each edit."""
    with Store.create(folder, {"k": [1], "provenance": {}}) as store:
        for arm, stages in arms.items():
            for number, (edit, judged) in enumerate(stages.items()):
                stage = f"{arm_path('t', arm)}/{edit}"
                asked = [PlannedQuestion("efficacy", "t", f"t/{number}", edit)]
                asked += [PlannedQuestion("specificity", "base", name, name) for name in judged]
                store.add_plan([PlannedStage(stage, "t", arm, arm != NONE, 1, tuple(asked))])
                answer(store, Item(stage, "efficacy", "t", f"t/{number}", 0), P, None, 0)
                for name, outcome in judged.items():
                    answer(store, Item(stage, "specificity", "base", name, 0), outcome, None, 0)
    return folder


def arm_of(folder: Path, arm: Arm) -> ArmResult:
    return next(one for one in read_result(folder).results if one.arm == arm)


def test_edits_and_problems_are_both_drawn_again(tmp_path: Path) -> None:
    """Of ten problems two are hard, after whichever edit: that is chance, too."""
    after: After = {
        f"u{i}": {f"p{j}": F if j < 2 or i + j == 5 else P for j in range(10)} for i in range(6)
    }
    run = write(tmp_path, {NONE: {"all": {f"p{j}": P for j in range(10)}}, LORA: after})
    found = arm_of(run, LORA).metrics["specificity"]
    cells = [(float(o is P), u, p) for u, own in after.items() for p, o in own.items()]
    values, edits, problems = map(list, zip(*cells, strict=True))
    both = crossed_mean(values, edits, problems)
    assert (found.value, found.low, found.high) == pytest.approx((both.value, both.low, both.high))
    assert found.high - found.low > 0.3
    by_edits = clustered_mean(values, edits)
    assert by_edits.high - by_edits.low < 0.1
    (change,) = (c for c in read_result(run).comparisons if c.metric == "specificity")
    lost = crossed_mean([v - 1 for v in values], edits, problems, bounds=(-1, 1))
    assert (change.difference.low, change.difference.high) == pytest.approx((lost.low, lost.high))


def test_the_report_says_what_was_drawn_again_and_what_p_is_of(tmp_path: Path) -> None:
    said = io.StringIO()
    run = write(tmp_path, {NONE: ONCE, LORA: {"u": ONCE["all"], "v": ONCE["all"]}})
    Console(file=said, width=400).print(results_table(read_result(run)))
    assert "resampled (of specificity, edits and problems)" in said.getvalue()
    assert "flips of specificity after the first edit alone" in said.getvalue()


def test_after_all_edits_at_once_there_are_problems_only(tmp_path: Path) -> None:
    judged = {"a": P, "b": F, "c": P, "d": F}
    run = write(tmp_path, {NONE: {"all": judged}, LORA: {"all": judged}})
    none, lora = (arm_of(run, arm).metrics["specificity"] for arm in (NONE, LORA))
    assert none == lora


def test_what_is_not_known_gives_bounds(tmp_path: Path) -> None:
    def low_and_high(name: str, unknown: Outcome) -> tuple[float | None, float, float]:
        after: After = {"u": {"a": P, "b": F}, "v": {"a": unknown, "b": P}}
        found = arm_of(write(tmp_path / name, {LORA: after}), LORA).metrics["specificity"]
        return found.value, found.low, found.high

    value, low, high = low_and_high("unknown", I)
    assert value is None
    assert (low, high) == (low_and_high("failed", F)[1], low_and_high("passed", P)[2])


def test_answers_after_the_same_edit_are_partners() -> None:
    edited, other = {"u\0p": 1, "v\0p": 1}, {"v\0p": 1, "w\0p": 1}
    assert partners(edited, other) == {"v\0p": ("v\0p", "v\0p")}
    assert partners({"p": 1}, other) == {unit: ("p", unit) for unit in other}
    assert partners(other, {"p": 1}) == {unit: (unit, "p") for unit in other}
    assert partners({"p": 1, "q": 1}, {"p": 1}) == {"p": ("p", "p")}
    assert partners(edited, {"all\0p": 1}) == {}


@pytest.mark.parametrize("other", [FT, DEBUG, Arm("larger", "lora")], ids=str)
def test_two_edited_arms_are_paired_edit_by_edit(tmp_path: Path, other: Arm) -> None:
    first: After = {"u": {"a": P, "b": P}, "v": {"a": F, "b": P}}
    second: After = {"u": {"a": P, "b": F}, "v": {"a": P, "b": F}, "w": {"a": F}}
    runs = [write(tmp_path / "a", {LORA: first}), write(tmp_path / "b", {other: second})]
    found = side_by_side(runs, "lora")
    (change,) = (c for c in found.comparisons if c.metric == "specificity")
    assert (change.questions, change.difference.value) == (4, -0.25)
    # Each problem once: after u, the first edit of both.
    assert (change.flips.positive, change.flips.negative) == (0, 1)
    flips = [f for f in found.flips if f.role == "specificity"]
    assert [(f.problem, f.gained) for f in flips] == [("b", False)]
    assert [flip.after.stage for flip in flips] == [f"{arm_path('t', other)}/u"]
    assert found.unpaired == ()


def test_the_unedited_model_answers_once_for_all_edits(tmp_path: Path) -> None:
    after: After = {"u": {"a": P, "b": F}, "v": {"a": P, "c": P}}
    run, other = (write(tmp_path / name, {NONE: ONCE, LORA: after}) for name in "ab")
    found = side_by_side([run, other], "lora")
    first, _, _ = (c for c in found.comparisons if c.metric == "specificity")
    assert first.arm.editor == "none"
    assert (first.questions, first.difference.value) == (4, 0.0)
    assert (first.flips.positive, first.flips.negative) == (1, 1)
    (own,) = (c for c in read_result(run).comparisons if c.metric == "specificity")
    assert own.difference.value == 0.0


def test_a_metric_that_could_not_be_paired_is_named(tmp_path: Path) -> None:
    one_each: After = {"u": {"a": P}, "v": {"a": P}}
    runs = [
        write(tmp_path / "single", {LORA: one_each}),
        write(tmp_path / "batch", {FT: {"all": {"a": P}}}),
    ]
    found = side_by_side(runs)
    assert [c.metric for c in found.comparisons] == ["pass@1"]
    (left_out,) = found.unpaired
    assert (left_out.metric, left_out.baseline, left_out.arm) == ("specificity", LORA, FT)
    assert any(
        "specificity of ft of m and lora of m is not compared" in note
        for note in comparison_notes(found)
    )
    assert [one["metric"] for one in found.to_json()["unpaired"]] == ["specificity"]
