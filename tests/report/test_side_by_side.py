"""Runs side by side on a terminal, and what turned between them."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from codeupdate.evaluation.results import Result
from codeupdate.evaluation.side_by_side import SideBySide, side_by_side
from codeupdate.report import flips_json, flips_view, side_by_side_table
from codeupdate.report.side_by_side import comparison_headline, comparison_notes
from tests.report.runs import made


@pytest.fixture(scope="module")
def found(finished: Result, tmp_path_factory: pytest.TempPathFactory) -> SideBySide:
    folder = tmp_path_factory.mktemp("runs") / "other"
    evil = "\x1b[2Jcleared\x07"
    other = made(folder, arms=("none", "lora"), model="larger", n=3, hostile=evil)
    return side_by_side([finished.run, other.run])


def text(what: RenderableType, width: int = 100) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(what)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_all_arms_of_all_runs_are_side_by_side(found: SideBySide, width: int) -> None:
    said = text(side_by_side_table(found), width)
    assert max(map(len, said.splitlines())) <= width
    for arm in ("none, tiny", "docs, tiny", "lora, tiny", "none, larger", "lora, larger"):
        assert said.count(f"\n{arm} ") >= 2  # what it reached, and how its samples ended
    assert "passed %" in said
    assert "each against the same arm of tiny" in said


def test_flips_are_listed_with_a_diff(found: SideBySide) -> None:
    said = text(flips_view(found, 1))
    assert "kit-update: none of larger against none of tiny: " in said
    assert "--- none of tiny: passed" in said
    assert "-    return drop(xs, 2)" in said
    assert "+    return take(xs, 2)" in said
    assert "more; --flips" in said
    count = sum(found.comparisons[0].arm == flip.arm for flip in found.flips)
    assert count > 1


def test_what_a_model_wrote_does_not_move_the_cursor(found: SideBySide) -> None:
    said = text(flips_view(found, 100))
    assert "[2Jcleared" in said
    assert not {"\x1b", "\x07"} & set(said)


def test_flips_as_json(found: SideBySide) -> None:
    rows = flips_json(found, 2)
    assert json.dumps({**found.to_json(), "flips": rows})
    by_pair = [(row["task"], row["arm"]) for row in rows]
    assert max(by_pair.count(pair) for pair in by_pair) == 2
    assert rows[0]["diff"].startswith("--- none of tiny: ")


def test_pairs_of_different_arms_name_both(tmp_path: Path) -> None:
    other = made(tmp_path / "other", arms=("none", "lora", "random-ft"), model="larger")
    first = made(tmp_path / "first", arms=("none", "lora"))
    said = text(side_by_side_table(side_by_side([first.run, other.run])), 120)
    lines = said.splitlines()
    row = next(n for n, line in enumerate(lines) if line.startswith("random-ft") and "/−" in line)
    assert lines[row + 1].rstrip() == "against none of tiny"
    narrow = text(side_by_side_table(side_by_side([first.run, other.run])), 80)
    assert max(map(len, narrow.splitlines())) <= 80
    assert re.search(r"\nlora .*/−\d+ +[01]\.\d{3}\n", narrow), "the p-values are cut off"


def test_what_to_know_before_believing_it_is_said(found: SideBySide, unfinished: Result) -> None:
    alike = replace(found, settings={})
    assert not list(comparison_notes(alike))
    doubtful = replace(alike, runs=(*found.runs, unfinished), differing=("kit-update",))
    said = list(comparison_notes(doubtful))
    assert said[0].startswith("kit-update is not the same in these runs")
    assert all(line.startswith(str(unfinished.run)) for line in said[1:])
    assert len(said) > 2


def test_runs_that_were_asked_in_another_way_say_so(tmp_path: Path) -> None:
    first = made(tmp_path / "first", arms=("none", "lora"))
    other = made(
        tmp_path / "other",
        tasks=("humaneval",),
        arms=("none", "lora"),
        model="larger",
        settings={"protocol": "batch", "temperature": None},
        sampling={"humaneval": {"temperature": 0.8, "max_tokens": 512}},
    )
    both = side_by_side([first.run, other.run])
    (said,) = comparison_notes(both)
    assert said.startswith(
        "humaneval: the runs were not asked in the same way (protocol single, batch; "
        "max_tokens the task's, 512); "
    )
    assert both.to_json()["differing_settings"] == {
        "humaneval": {"protocol": ("single", "batch"), "max_tokens": (None, 512)}
    }


@pytest.fixture(scope="module")
def unequal(finished: Result, tmp_path_factory: pytest.TempPathFactory) -> SideBySide:
    """Runs over 24 and over 15 problems of the same tasks."""
    folder = tmp_path_factory.mktemp("runs") / "fewer"
    fewer = made(folder, arms=("none", "lora"), model="larger", updates=5)
    return side_by_side([finished.run, fewer.run])


def test_arms_over_different_problems_are_not_ranked(
    found: SideBySide, unequal: SideBySide
) -> None:
    assert "* best of its column" in text(side_by_side_table(found))
    said = text(side_by_side_table(unequal))
    assert "kit-update: tiny, larger, 15 to 24 problems × 2 samples" in said
    assert "*" not in said
    assert "Best on" not in comparison_headline(unequal)
    assert comparison_headline(unequal).startswith(
        "The runs were asked different problems of kit-update: no arm is called the best. "
        "Of 2 paired comparisons of pass@1, "
    )
    notes = list(comparison_notes(unequal))
    for task in ("kit-update", "humaneval"):
        assert any(
            line.startswith(
                f"{task}: the runs were asked different problems (24, 15; 15 in common)"
            )
            for line in notes
        )
    assert unequal.to_json()["problems"]["humaneval"] == {"asked": [24, 15], "in_common": 15}


def test_as_many_problems_are_not_the_same_problems(found: SideBySide) -> None:
    asked = (frozenset({"a", "b"}), frozenset({"b", "c"}))
    other = replace(found, asked={**found.asked, "kit-update": asked})
    assert (other.same_problems("kit-update"), other.same_problems("humaneval")) == (False, True)
    assert any("(2, 2; 1 in common)" in line for line in comparison_notes(other))


def test_a_comparison_says_over_how_many_questions(unequal: SideBySide) -> None:
    said = text(side_by_side_table(unequal))
    head, _, row = said[said.index("each against the same arm") :].splitlines()[1:4]
    assert "questions" in head
    place = head.index("questions") + len("questions")
    assert row[:place].endswith(" 15")


def test_the_headline_counts_what_is_beyond_chance(found: SideBySide) -> None:
    said = comparison_headline(found)
    assert said.startswith("Best on kit-update: lora, larger, with ")
    assert "Of 2 paired comparisons of pass@1, 0 are beyond chance" in said


def test_the_headline_of_a_larger_k_counts_what_is_tested(tmp_path: Path) -> None:
    runs = [
        made(tmp_path / model, tasks=("humaneval",), arms=("none", "lora"), model=model, k=(2,))
        for model in ("tiny", "larger")
    ]
    said = comparison_headline(side_by_side([run.run for run in runs]))
    assert said.startswith("Best on humaneval: lora, tiny and lora, larger, with 100.0 % pass@2. ")
    assert "Of 2 paired comparisons of pass@1, " in said
