"""codeupdate pie: an edit given in every way, and what is said of a wrong one."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.cli.commands import run, run_json

pytest.importorskip("torch", reason="needs the extra 'transformers'")

BEFORE = 'def work(row):\n    """Drop duplicates in row."""\n    return kit.'
AFTER = BEFORE.replace("row", "data")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "before.py").write_text(BEFORE)
    (tmp_path / "after.py").write_text(AFTER)
    lines = [text.splitlines(keepends=True) for text in (BEFORE, AFTER)]
    (tmp_path / "edit.diff").write_text("".join(difflib.unified_diff(*lines, n=0)))
    return tmp_path


def test_a_file_keeps_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "before.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    (tmp_path / "after.py").write_bytes(b"x = 1\ny = 2\n")
    way = ("--to", tmp_path / "after.py", "--strategies", "conflict")
    [row] = run_json("pie", tmp_path / "before.py", *way)["strategies"]
    assert 0 < row["encoded"] < row["tokens"]
    way = ("--replace", "1\r\ny", "x", "--strategies", "conflict")
    assert run_json("pie", tmp_path / "before.py", *way)["strategies"]


def test_the_example_shows_every_strategy() -> None:
    rows = run_json("pie")["strategies"]
    assert [row["strategy"] for row in rows] == ["full", "prefix", "conflict", "pie", "selective"]
    assert "9" in rows[0]["completion"] and rows[0]["encoded"] == rows[0]["tokens"]
    assert "COMPLETION" in run("pie", "--strategies", "full").stdout


@pytest.mark.parametrize("way", [["--to", "after.py"], ["--diff", "edit.diff"]])
def test_an_edit_is_read_from_a_file(files: Path, way: list[str]) -> None:
    option, name = way
    [row] = run_json("pie", files / "before.py", option, files / name, "--strategies", "pie")[
        "strategies"
    ]
    assert "data" in row["completion"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["before.py"], "one of --to, --diff and --replace"),
        (["before.py", "--to", "after.py", "--diff", "edit.diff"], "one of --to"),
        (["--to", "after.py"], "name that first, pie FILE"),
        (["--diff", "edit.diff"], "name that first, pie FILE"),
        (["before.py", "--replace", "nothing", "x"], "the file has no 'nothing'"),
        (["after.py", "--diff", "edit.diff"], "does not fit the text"),
        (["missing.py", "--to", "after.py"], "cannot be read as text"),
        (["before.py", "--to", "after.py", "--strategies", "pi"], "is called 'pi'"),
        (["before.py", "--to", "after.py", "--model", "reference"], "has no cache"),
    ],
)
def test_a_wrong_edit_is_one_sentence(files: Path, words: list[str], says: str) -> None:
    given = [files / word if word.endswith((".py", ".diff")) else word for word in words]
    result = run("pie", *given)
    assert result.exit_code == 2
    assert says in result.stderr.replace("\n", " ") and "Traceback" not in result.stderr
