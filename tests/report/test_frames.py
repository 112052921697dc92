"""Rows for other tools: the same in every form, whole or not at all."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from codeupdate.errors import MissingExtra, StoreError
from codeupdate.evaluation.results import Result
from codeupdate.report import export, sample_rows, to_dataset, to_pandas
from codeupdate.report.frames import COLUMNS
from tests.report.runs import HOSTILE, write_run


def test_a_row_has_all_that_is_known_of_a_sample(finished: Result) -> None:
    rows = list(sample_rows(finished.run))
    assert all(tuple(row) == COLUMNS for row in rows)
    row = next(r for r in rows if r["arm"] == "lora" and r["outcomes"].get("outdated") == "error")
    assert (row["task"], row["role"], row["model"], row["template"]) == (
        "kit-update",
        "efficacy",
        "tiny",
        "prompt",
    )
    assert row["outcome"] == row["outcomes"]["updated"] == "passed"
    assert [test["name"] for test in row["tests"]] == ["test_empty", "test_two"]
    assert row["program"] == "    return drop(xs, 2)\n"
    assert row["completion"].startswith("```python\n")
    assert row["calls"] == {"kit.take": 1}
    assert (row["extraction"], row["finish_reason"]) == ("fenced", "stop")
    assert (row["prompt_tokens"], row["completion_tokens"]) == (40, 12)
    assert sum(r["role"] == "efficacy" for r in rows) == sum(a.samples for a in finished.results)


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_suspicions_are_listed_by_check(tmp_path: Path, form: str) -> None:
    odd = ("frames: sys._getframe", HOSTILE)
    run = write_run(tmp_path / "run", arms=("none", "lora"), updates=2, suspicions=odd)
    export(run, form, tmp_path / "rows")
    rows = read(form, tmp_path / "rows")
    assert {row["outcome"] for row in rows} >= {"passed", "failed"}
    for row in rows:
        found = row["suspicions"] if form == "jsonl" else json.loads(str(row["suspicions"]))
        suspected = (row["arm"], row["outcome"]) == ("lora", "passed")
        assert found == ({"updated": list(odd)} if suspected else {})


def test_an_unjudged_sample_has_a_row_without_an_outcome(unfinished: Result) -> None:
    rows = [row for row in sample_rows(unfinished.run) if row["outcome"] is None]
    assert len(rows) == unfinished.unknown
    assert all(row["outcomes"] == {} and row["tests"] == [] for row in rows)


def read(form: str, path: Path) -> list[dict[str, object]]:
    if form == "jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    parquet = pytest.importorskip("pyarrow.parquet")
    return parquet.read_table(path).to_pylist()


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_every_form_holds_every_row(unfinished: Result, tmp_path: Path, form: str) -> None:
    to = tmp_path / "new" / f"rows.{form}"
    count = export(unfinished.run, form, to)
    expected = list(sample_rows(unfinished.run))
    rows = read(form, to)
    assert count == len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert row["completion"] == wanted["completion"]
        assert str(row["completion"]).endswith(HOSTILE)
        assert int(str(row["sample"])) == wanted["sample"]
        tests = row["tests"] if form == "jsonl" else json.loads(str(row["tests"]))
        assert tests == wanted["tests"]
    assert [path.name for path in to.parent.iterdir()] == [to.name]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_run_without_answers_has_columns_and_no_rows(
    planned_only: Path, tmp_path: Path, form: str
) -> None:
    to = tmp_path / "rows"
    assert export(planned_only, form, to) == 0
    if form == "csv":
        assert to.read_text().strip() == ",".join(COLUMNS)
    else:
        schema = pytest.importorskip("pyarrow.parquet").read_schema(to)
        assert tuple(schema.names) == COLUMNS


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    to = tmp_path / "rows.jsonl"
    to.write_text("before")
    with pytest.raises(StoreError, match="no run in"):
        export(tmp_path / "nowhere", "jsonl", to)
    assert to.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_a_place_that_cannot_be_written_is_one_sentence(finished: Result, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for to in (tmp_path / "file" / "rows.csv", tmp_path):
        with pytest.raises(StoreError, match="cannot be written"):
            export(finished.run, "csv", to)


def test_a_frame_has_a_row_per_task_arm_and_metric(finished: Result, unfinished: Result) -> None:
    pytest.importorskip("pandas")
    frame = to_pandas(finished)
    assert len(frame) == sum(len(arm.metrics) for arm in finished.results)
    found = frame.query("task == 'kit-update' and editor == 'lora' and metric == 'pass@1'")
    lora = next(arm for arm in finished.results if arm.arm.editor == "lora")
    assert found["value"].item() == lora.metrics["pass@1"].value
    assert to_pandas(unfinished)["value"].isna().any()


def test_a_dataset_has_the_same_rows(finished: Result, planned_only: Path) -> None:
    pytest.importorskip("datasets")
    found = to_dataset(finished.run)
    assert found.num_rows == len(list(sample_rows(finished.run)))
    assert found.features["sample"].dtype == "int64"
    assert json.loads(found[0]["outcomes"])
    assert tuple(to_dataset(planned_only).column_names) == COLUMNS


def test_a_dataset_is_written_as_a_folder(finished: Result, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    to = tmp_path / "rows"
    count = export(finished.run, "datasets", to)
    found = datasets.load_from_disk(to)
    assert found.num_rows == count == len(list(sample_rows(finished.run)))
    assert tuple(found.column_names) == COLUMNS
    with pytest.raises(StoreError, match="cannot be written"):
        export(finished.run, "datasets", to)  # it holds something
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


@pytest.mark.parametrize("package", ["pandas", "pyarrow", "datasets"])
def test_a_missing_package_is_named_with_its_extra(
    finished: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    calls = {
        "pandas": lambda: to_pandas(finished),
        "pyarrow": lambda: export(finished.run, "parquet", tmp_path / "rows"),
        "datasets": lambda: to_dataset(finished.run),
    }
    with pytest.raises(MissingExtra, match=rf"'{package}'.*codeupdate\["):
        calls[package]()
    assert not list(tmp_path.iterdir())
