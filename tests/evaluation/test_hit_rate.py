"""Which documents a prompt showed is kept, and how often the right one was among them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from codeupdate.errors import StoreError
from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage, SampleRow
from codeupdate.evaluation.results import read_result
from codeupdate.evaluation.store import Store
from codeupdate.report.frames import sample_rows
from codeupdate.types import Arm, Outcome, Verdict

RETRIEVAL, LORA = Arm("m", "retrieval"), Arm("m", "lora")


def write(folder: Path, shown: dict[str, tuple[str, ...]], arm: Arm = RETRIEVAL) -> Path:
    """A run of problems u/1, u/2, v/1, which need u or v, and free/1, which needs nothing."""
    stage = f"t/{arm.editor}/all"
    with Store.create(folder, {"k": [1], "provenance": {}}) as store:
        questions = tuple(
            PlannedQuestion(
                *("efficacy", "t", problem, problem[0]),
                kind="function-moved" if problem[0] == "v" else "function-renamed",
                update=problem[0] if problem[0] in "uv" else "",
            )
            for problem in ("u/1", "u/2", "v/1", "free/1")
        )
        store.add_plan([PlannedStage(stage, "t", arm, True, 1, questions)])
        for problem, documents in shown.items():
            item = Item(stage, "efficacy", "t", problem, 0)
            row = SampleRow(item, "", "", "", "code", "stop", 3, 4, documents)
            store.add_samples([row])
            store.add_verdict(item, "updated", Verdict("p", Outcome.PASSED))
    return folder


def test_it_is_the_share_of_problems_whose_update_was_shown(tmp_path: Path) -> None:
    shown = {"u/1": ("v", "u"), "u/2": ("v",), "v/1": ("v",), "free/1": ("u",)}
    [arm] = read_result(write(tmp_path / "run", shown)).results
    assert arm.metrics["hit_rate"].value == pytest.approx(2 / 3)
    assert arm.by_kind["function-renamed"]["hit_rate"].value == 0.5
    assert arm.by_kind["function-moved"]["hit_rate"].value == 1.0
    kept = {row["problem"]: row["documents"] for row in sample_rows(tmp_path / "run")}
    assert kept == {problem: list(documents) for problem, documents in shown.items()}


def test_what_is_not_asked_yet_leaves_it_unknown(tmp_path: Path) -> None:
    [arm] = read_result(write(tmp_path / "run", {"u/1": ("u",), "u/2": ("v",)})).results
    found = arm.metrics["hit_rate"]
    assert found.value is None
    assert found.low <= 1 / 3 and found.high >= 2 / 3


def test_an_arm_that_shows_nothing_has_none(tmp_path: Path) -> None:
    shown: dict[str, tuple[str, ...]] = dict.fromkeys(("u/1", "u/2", "v/1", "free/1"), ())
    [arm] = read_result(write(tmp_path / "run", shown, LORA)).results
    assert "hit_rate" not in arm.metrics


def test_a_run_that_kept_other_things_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {})
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        connection.execute("ALTER TABLE samples DROP COLUMN documents")
    with pytest.raises(StoreError, match="begun with another version of codeupdate"):
        read_result(folder)
