"""The store keeps everything once, whole, and through a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codeupdate.errors import StoreError
from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage, SampleRow
from codeupdate.evaluation.store import Store
from codeupdate.types import Arm, EditCost, Outcome, TestResult, Verdict


def sample(index: int, problem: str = "p") -> SampleRow:
    item = Item("none", "efficacy", "t", problem, index)
    return SampleRow(item, "prompt", "text", f"x = {index}", "code", "stop", 3, 4)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    verdict = Verdict(
        "p",
        Outcome.FAILED,
        (TestResult("one", Outcome.FAILED, "1 != 2"),),
        calls={"kit.take": 2},
    )
    config = {"k": [1], "provenance": {"model": "m"}}
    with Store.create(tmp_path / "run", config) as store:
        store.add_samples([sample(0), sample(1)])
        store.add_verdict(sample(0).item, "updated", verdict)
    with Store.open(tmp_path / "run") as store:
        assert store.config() == config
        first, second = store.rows()
        assert first["verdicts"]["updated"]["calls"] == {"kit.take": 2}
        assert first["verdicts"]["updated"]["tests"][0]["outcome"] == "failed"
        assert second["verdicts"] == {}
        assert store.code(sample(1).item) == "x = 1"
        assert store.verdicts(sample(0).item) == {"updated": replace(verdict, program="")}
        assert store.sampled("none") == {sample(0).item, sample(1).item}


def test_nothing_is_stored_twice_and_a_batch_is_all_or_none(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.add_samples([sample(0)])
        with pytest.raises(StoreError, match="could not be written"):
            store.add_samples([sample(1), sample(0)])
        assert store.sampled("none") == {sample(0).item}


def test_a_full_disk_needs_room_and_other_failures_do_not(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.add_samples([sample(0)])
        with pytest.raises(StoreError) as twice:
            store.add_samples([sample(0)])
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(StoreError) as full:
            store.add_samples([replace(sample(1), text="x" * 100_000)])
        assert store.sampled("none") == {sample(0).item}
    assert "make room" not in str(twice.value)
    assert f"is kept: continue with --resume {tmp_path}" in str(twice.value)
    assert f"is kept: make room and continue with --resume {tmp_path}" in str(full.value)


def planned(*problems: str, n: int = 1) -> list[PlannedStage]:
    questions = tuple(PlannedQuestion("efficacy", "t", name, name) for name in problems)
    return [PlannedStage("none", "t", Arm("m"), False, n, questions)]


def test_what_began_is_finished_and_nothing_else(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.check_plan(planned("a"))  # a run that was killed before it had a plan
        store.add_plan(planned("a", "b", "c"))
        store.check_plan(planned("c", "b", "a"))
        says = "of the 3 questions that it began with 2 are not asked any more, and 1 are new"
        with pytest.raises(StoreError, match=says):
            store.check_plan(planned("a", "d"))
        with pytest.raises(StoreError, match="cannot be continued"):
            store.check_plan(planned("a", "b", "c", n=2))
        with pytest.raises(StoreError, match="cannot be continued"):
            store.check_plan([])


def test_our_own_failures_are_tried_again(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.add_samples([sample(0), sample(1)])
        store.add_verdict(sample(0).item, "updated", Verdict("p", Outcome.INFRASTRUCTURE))
        store.add_verdict(sample(1).item, "updated", Verdict("p", Outcome.ERROR))
        assert store.forget_infrastructure() == 1
        assert store.verdicts(sample(0).item) == {}
        assert store.verdicts(sample(1).item)["updated"].outcome is Outcome.ERROR


def test_an_edit_that_gives_another_model_is_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.add_edit("s", "abc", EditCost(seconds=1.0))
        store.add_edit("s", "abc", EditCost(seconds=2.0))
        assert store.edits() == {"s": ("abc", EditCost(seconds=1.0))}
        with pytest.raises(StoreError, match="another model"):
            store.add_edit("s", "xyz", EditCost())


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(StoreError, match="is not empty"):
        Store.create(tmp_path, {})
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no run"):
        Store.open(tmp_path)


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Store.create(tmp_path / "file" / "run", {})


def test_a_kill_in_the_middle_leaves_whole_batches(tmp_path: Path) -> None:
    """A process that writes batches of ten is killed at once after some were announced."""
    writer = """
import sys
from pathlib import Path
from codeupdate.evaluation.records import Item, SampleRow
from codeupdate.evaluation.store import Store
store = Store.create(Path(sys.argv[1]), {})
for batch in range(100_000):
    store.add_samples([
        SampleRow(Item("none", "efficacy", "t", str(batch), i), "p" * 2000, "", "", "code", "stop", 1, 1)
        for i in range(10)
    ])
    print(batch, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", writer, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    announced = 0
    for line in process.stdout:
        announced = int(line)
        if announced >= 25:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with Store.open(tmp_path / "run") as store:
        count = len(store.sampled("none"))
    assert count % 10 == 0
    assert count >= 10 * (announced + 1)
