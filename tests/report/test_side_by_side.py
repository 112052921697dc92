"""Runs side by side on a terminal, and what turned between them."""

from __future__ import annotations

import io
import json
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
    row = next(line for line in said.splitlines() if line.startswith("random-ft") and "/−" in line)
    assert "none of tiny" in row


def test_what_to_know_before_believing_it_is_said(found: SideBySide, unfinished: Result) -> None:
    assert not list(comparison_notes(found))
    doubtful = replace(found, runs=(*found.runs, unfinished), differing=("kit-update",))
    said = list(comparison_notes(doubtful))
    assert said[0].startswith("kit-update is not the same in these runs")
    assert all(line.startswith(str(unfinished.run)) for line in said[1:])
    assert len(said) > 2


def test_the_headline_counts_what_is_beyond_chance(found: SideBySide) -> None:
    said = comparison_headline(found)
    assert said.startswith("Best on kit-update: lora, larger, with ")
    assert "Of 2 paired comparisons of pass@1, 0 are beyond chance" in said
