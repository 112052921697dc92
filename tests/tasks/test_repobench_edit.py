"""repobench-edit on rows of our own and on rows built from a package."""

from __future__ import annotations

import ast
import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codeupdate as cu
from codeupdate.errors import DataError, UsageError
from codeupdate.kvcache.drawn import KINDS, drawn
from codeupdate.kvcache.edits import Edit, applied
from codeupdate.sandbox import NoSandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.validation import validate
from codeupdate.types import Sample
from tests.cli.commands import run, run_json

ROW = {
    "repo_name": "pond/keeper",
    "file_path": "keeper/feed.py",
    "context": [{"identifier": "Pond", "path": "keeper/pond.py", "snippet": "class Pond:\n    fish = ()"}],
    "import_statement": "from keeper.pond import Pond",
    "cropped_code": "def feed(pond, grams):\n    for fish in pond.fish:\n        fish.eat(grams)\n    eaten = grams",
    "all_code": "",
    "next_line": "    return eaten * len(pond.fish)",
    "gold_snippet_index": 0,
    "level": "2k",
    "created_at": "2023-12-01 00:00:00",
}  # fmt: skip
CONTEXT = (
    "# Repo Name: pond/keeper\n# Path: keeper/pond.py\nclass Pond:\n    fish = ()\n\n"
    f"# Path: keeper/feed.py\nfrom keeper.pond import Pond\n{ROW['cropped_code']}\n"
)


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def task(tmp_path: Path) -> FolderTask:
    return load_task("repobench-edit", write(tmp_path / "rows.jsonl", ROW))


def test_a_row_is_asked_after_three_kinds_of_edit(task: FolderTask) -> None:
    problems = task.problems()
    assert [p.id for p in problems] == ["1/insertion", "1/deletion", "1/multi-place"]
    assert {p.cluster for p in problems} == {"1"}
    assert [task.kind(p) for p in problems] == ["insertion", "deletion", "multi-place"]
    for problem in problems:
        assert problem.fields["context"] == CONTEXT
        assert problem.fields["before"] != CONTEXT
        earlier = task.prompt(problem, "prompt").earlier
        assert earlier and str(problem.fields["before"]) in earlier.text
        found = [Edit(**edit) for edit in problem.fields["edits"]]  # type: ignore[attr-defined]
        assert applied(str(problem.fields["before"]), found) == CONTEXT
        assert task.prompt(problem, "prompt").text == CONTEXT
    assert len(problems[0].fields["before"]) < len(CONTEXT) < len(problems[1].fields["before"])  # type: ignore[arg-type]
    assert len(problems[2].fields["edits"]) >= 2  # type: ignore[arg-type]


def test_the_same_row_has_the_same_edits_wherever_it_stands(
    task: FolderTask, tmp_path: Path
) -> None:
    other = {**ROW, "cropped_code": "x = 1\ny = 2"}
    moved = load_task("repobench-edit", write(tmp_path / "moved.jsonl", other, ROW))
    fields = [p.fields for p in moved.problems() if p.id.startswith("2/")]
    assert fields == [p.fields for p in task.problems()]


LINES = st.lists(
    st.lists(st.sampled_from(["apple", "pear", "=", "(", "self", "if"]), max_size=5).map(" ".join),
    max_size=12,
)


@pytest.mark.parametrize("kind", ["insertion", "deletion", "multi-place"])
@given(lines=LINES, seed=st.integers(0, 99))
def test_edits_give_the_text_and_spare_its_last_line(
    kind: str, lines: list[str], seed: int
) -> None:
    text = "".join(f"{line}\n" for line in [*lines, "the last line = "])
    edited = KINDS[kind](text, random.Random(seed))
    if edited is None:
        assert kind == "multi-place" or not lines
        return
    assert applied(edited.before, edited.edits) == text
    assert edited.before.endswith("the last line = \n")
    assert edited.before != text
    ends = [place for edit in edited.edits for place in (edit.start, edit.end)]
    assert ends == sorted(ends)
    assert edited == KINDS[kind](text, random.Random(seed))


def test_an_edit_of_any_kind_is_drawn_by_its_seed() -> None:
    found = [drawn(CONTEXT, str(seed)) for seed in range(20)]
    assert found == [drawn(CONTEXT, str(seed)) for seed in range(20)]
    assert all(one and applied(one.before, one.edits) == CONTEXT for one in found)
    assert len({len(one.edits) > 1 for one in found if one}) == 2  # several places, and one
    assert drawn("one line", "0") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("    return 1\n    return 2\n", "    return 1"),
        ("\n\n# first\n    x = 1\n", "    x = 1"),
        ('    """Says\n    much.\n    """\n    x = 1\n', "    x = 1"),
        ('    """Says little."""\n    x = 1', "    x = 1"),
        ("```python\nreturn 1\n```", "return 1"),
        ("# only a comment", "# only a comment"),
        ("<think>x = 1</think>\nreturn 1", "return 1"),
        ("<think>\nx = 1", ""),
        ("", ""),
    ],
)
def test_the_first_line_of_code_counts(task: FolderTask, text: str, line: str) -> None:
    problem = task.problems()[0]
    sample = Sample(0, 0, text, 1, 1, "stop")
    assert task.extract(problem, task.prompt(problem, "prompt"), sample).code == line


def test_measures(task: FolderTask) -> None:
    problem = task.problems()[0]
    assert task.measures(problem, "return eaten * len(pond.fish)", {})["exact_match"] == 1
    half = task.measures(problem, "    return eaten", {})
    assert half["exact_match"] == 0
    assert half["edit_similarity"] == pytest.approx(2 * 16 / (16 + 33))


def test_rows_are_built_from_an_installed_package(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.jsonl"
    said = run_json("tasks", "build", "repobench-edit", "--from", "jinja2", "--to", path)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert said["rows"] == len(rows) > 40
    assert set(rows[0]) == set(ROW)
    spec = importlib.util.find_spec("jinja2")
    assert spec is not None and spec.origin is not None
    for row in rows:
        source = (Path(spec.origin).parents[1] / row["file_path"]).read_text().splitlines()
        above = row["all_code"].split("\n")
        assert source[len(above)] == row["next_line"]
        shown = row["cropped_code"].split("\n")
        assert 0 < len(shown) <= 120
        assert "\n".join(shown[-3:]) in row["all_code"]
        ast.parse(row["import_statement"])
        if row["gold_snippet_index"] >= 0:
            gold = row["context"][row["gold_snippet_index"]]
            assert gold["identifier"] in row["next_line"]
            assert gold["identifier"] in row["import_statement"]
            assert gold["path"] != row["file_path"]
    assert sum(row["gold_snippet_index"] >= 0 for row in rows) >= 3
    again = tmp_path / "again.jsonl"
    run("tasks", "build", "repobench-edit", "--from", "jinja2", "--to", again)
    assert again.read_text() == path.read_text()
    other = tmp_path / "other.jsonl"
    run("tasks", "build", "repobench-edit", "--from", "jinja2", "--to", other, "--seed", "1")
    assert other.read_text() != path.read_text()

    task = load_task("repobench-edit", path)
    found = validate(task, task.problems(), NoSandbox(), lambda _: None)
    assert (found.passed, found.faults) == (len(found.problems), ())
    assert len(found.problems) >= 2.5 * len(rows)


def test_built_rows_are_evaluated_and_broken_down_by_kind(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    run("tasks", "build", "repobench-edit", "--from", "typer", "--to", path, "--limit", "4")
    result = cu.evaluate(
        "reference", "repobench-edit", data=path, output=tmp_path / "run", progress=False
    ).result
    (arm,) = result.results
    assert result.provenance["sandbox"] == "none"
    assert arm.metrics["exact_match"].value == arm.metrics["edit_similarity"].value == 1
    assert set(arm.by_kind) == {"insertion", "deletion", "multi-place"}


@pytest.mark.parametrize("package", ["no_such_package", "math", "not-a-name", "os.path"])
def test_a_package_without_source_is_refused(package: str, tmp_path: Path) -> None:
    to = tmp_path / "rows.jsonl"
    result = run("tasks", "build", "repobench-edit", "--from", package, "--to", to)
    assert result.exit_code == 2
    assert f"no installed package '{package}'" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_most_tasks_are_not_built_from_packages() -> None:
    with pytest.raises(UsageError, match="'kit-update' cannot be built"):
        load_task("kit-update").build("jinja2")


def test_parquet_is_the_same(task: FolderTask, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "data"
    folder.mkdir()
    parquet.write_table(pyarrow.Table.from_pylist([ROW]), folder / "in_file-0.parquet")
    assert load_task("repobench-edit", folder).problems() == task.problems()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"next_line": None}, "line 1: there is no text 'next_line'"),
        ({"next_line": "  "}, "line 1: 'next_line' is empty"),
        ({"context": ["x"]}, "line 1: 'context' is not a list of snippets"),
        ({"context": None}, "line 1: 'context' is not a list of snippets"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = write(tmp_path / "rows.jsonl", {**ROW, **change})
    with pytest.raises(DataError, match=said):
        load_task("repobench-edit", path).problems()
