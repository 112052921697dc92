"""A run from eval through report and compare to export, by its commands alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import need_local_sandbox, run, run_json
from tests.report.runs import write_run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the task ``mine`` and two runs of it: right answers, and half of them."""
    need_local_sandbox()
    folder = tmp_path_factory.mktemp("runs")
    assert run("tasks", "new", "mine", "--to", folder).exit_code == 0
    answers = [
        {"task_id": "volume", "completion": "    return math.clamp(x, 0, 11)\n"},
        {"task_id": "all-within", "completion": "    return xs\n"},
    ]
    (folder / "answers.json").write_text(json.dumps(answers))
    options = ["--task", "mine", "--include", folder, "--sandbox", "local"]
    for name, model in (("right", "reference"), ("half", f"recorded:{folder}/answers.json")):
        result = run("eval", "--model", model, *options, "--output", folder / name, "--json")
        assert result.exit_code == 0, result.stderr
        json.loads(result.stdout)
    yield folder


def test_report_gives_numbers_and_writes_a_page(place: Path) -> None:
    said = run_json("report", place / "half", "--html", place / "half.html")
    assert said["results"][0]["metrics"]["pass@1"]["value"] == 0.5
    assert (place / "half.html").read_text().startswith("<!doctype html>")
    assert "50.0 %" in run("report", place / "half").stdout


def test_compare_pairs_the_questions(place: Path) -> None:
    said = run_json("compare", place / "right", place / "half")
    (passes,) = [c for c in said["comparisons"] if c["metric"] == "pass@1"]
    assert passes["difference"]["value"] == -0.5
    assert passes["questions"] == 2
    assert "-50.0" in run("compare", place / "right", place / "half").stdout


def test_compare_lists_what_turned_and_writes_a_page(place: Path) -> None:
    page = place / "compared.html"
    words = ["compare", place / "right", place / "half", "--flips", "3", "--html", page]
    (flip,) = run_json(*words)["flips"]
    assert (flip["problem"], flip["gained"]) == ("all-within", False)
    assert "+    return xs" in flip["diff"]
    assert "2 runs side by side" in page.read_text()
    assert "0 gained, 1 lost" in run(*words).stdout


def test_a_page_that_cannot_be_written_is_found_out_before_the_evaluation(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    options = ["--task", "mine", "--include", place, "--sandbox", "local"]
    monkeypatch.chdir(place)
    for page in (".", "right"):
        words = ["eval", "--model", "reference", *options, "--output", "early", "--html", page]
        result = run(*words)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr == f"error: --html {page} is a folder; name a file in it\n"
        assert not (place / "early").exists()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_result_is_shown_also_where_its_page_cannot_be_written(
    place: Path, form: list[str]
) -> None:
    pytest.importorskip("matplotlib")
    page = place / "right" / "config.json" / "x.html"
    folder = place / f"late{len(form)}"
    options = ["--task", "mine", "--include", place, "--sandbox", "local", *form]
    result = run("eval", "--model", "reference", *options, "--output", folder, "--html", page)
    assert result.exit_code == 2
    assert f"'{page}' cannot be written" in result.stderr
    if form:
        assert json.loads(result.stdout)["results"][0]["metrics"]["pass@1"]["value"] == 1
    else:
        assert "100.0 %" in result.stdout
        assert f"Run folder: {folder}" in result.stdout
        assert "Report:" not in result.stdout


def test_every_k_is_asked_for_once_and_the_smallest_first(place: Path) -> None:
    words = ["eval", "--model", "reference", "--task", "mine", "--include", place, "--dry-run"]
    assert run_json(*words, "-n", "5", "-k", "5,1,5")["k"] == [1, 5]
    assert run_json(*words, "-n", "5")["k"] == [1, 5]


def test_eval_writes_its_page(place: Path) -> None:
    pytest.importorskip("matplotlib")
    page = place / "evaluated.html"
    options = ["--task", "mine", "--include", place, "--sandbox", "local"]
    words = ["eval", "--model", "reference", *options, "--output", place / "paged"]
    result = run(*words, "--html", page, "-k", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(f"Run folder: {place / 'paged'}\nReport:     {page}\n")
    assert page.read_text().startswith("<!doctype html>")


def test_runs_without_anything_in_common_are_refused(place: Path) -> None:
    assert run("tasks", "new", "other", "--to", place).exit_code == 0
    options = ["--task", "other", "--include", place, "--sandbox", "local"]
    made = run("eval", "--model", "reference", *options, "--output", place / "other")
    assert made.exit_code == 0
    result = run("compare", place / "right", place / "other")
    assert result.exit_code == 2
    assert "in common" in result.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_export_writes_a_row_per_sample(place: Path, form: str) -> None:
    to = place / f"rows.{form}"
    said = run_json("export", place / "half", "--format", form, "--to", to)
    about = {"run": str(place / "half"), "format": form, "file": str(to)}
    assert said == {**about, "rows": 2, "unanswered": 0}
    if form == "jsonl":
        rows = [json.loads(line) for line in to.read_text().splitlines()]
    elif form == "csv":
        with to.open(newline="") as file:
            rows = list(csv.DictReader(file))
    else:
        pandas = pytest.importorskip("pandas")
        rows = pandas.read_parquet(to).to_dict("records")
    outcomes = {row["problem"]: row["outcome"] for row in rows}
    assert outcomes == {"volume": "passed", "all-within": "failed"}


@pytest.mark.parametrize("form", ["markdown", "latex", "model-card"])
def test_export_writes_results_or_prints_them(place: Path, form: str) -> None:
    printed = run("export", place / "half", "--format", form).stdout
    to = place / f"results.{form}"
    said = run_json("export", place / "half", "--format", form, "--to", to)
    assert said["text"] == to.read_text() == printed
    assert "pass@1" in printed


def test_rows_of_an_unfinished_run_say_how_many_are_missing(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", arms=("none",), tasks=("humaneval",), answered=False)
    words = ["export", folder, "--format", "csv", "--to", tmp_path / "rows.csv"]
    assert "48 planned samples have no completion yet" in run(*words).stderr
    assert run_json(*words)["unanswered"] == 48


def test_rows_need_a_place(place: Path) -> None:
    result = run("export", place / "half")
    assert result.exit_code == 2
    assert "--to" in result.stderr


def test_a_file_that_cannot_be_written_is_one_sentence(place: Path) -> None:
    file = place / "right" / "config.json"
    for words in (("report", "--html", file / "x.html"), ("export", "--to", file / "x.jsonl")):
        result = run(words[0], place / "half", *words[1:])
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
        assert "cannot be written" in result.stderr
