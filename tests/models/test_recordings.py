"""Recorded completions are read in every published form, and a bad one is named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from codeupdate.errors import DataError
from codeupdate.models.answers import AnswerBook
from codeupdate.models.recordings import RecordedForm, recorded
from codeupdate.types import Prompt, Sampling

ROWS = [{"id": "a", "out": ["1", "2"]}, {"id": "b", "out": "3"}, {"id": "b", "out": "4"}]
FORM = RecordedForm("id", ("out",))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def answers(model: AnswerBook, problem: str, n: int = 1) -> list[str]:
    (batch,) = model.batches([Prompt("", problem=problem)], Sampling(n=n))
    return [sample.text for sample in batch]


@pytest.mark.parametrize("form", ["lines", "list", "compressed"])
def test_every_published_form_gives_the_same_samples(tmp_path: Path, form: str) -> None:
    text = json.dumps(ROWS) if form == "list" else "\n".join(json.dumps(row) for row in ROWS)
    path = write(tmp_path / "out", text)
    if form == "compressed":
        path.write_bytes(gzip.compress(text.encode()))
    model = recorded(path, FORM)
    prompts = [Prompt("", problem="b"), Prompt("", problem="a")]
    batches = list(model.batches(prompts, Sampling(n=2)))
    assert [[(s.prompt, s.index, s.text) for s in batch] for batch in batches] == [
        [(0, 0, "3"), (0, 1, "4")],
        [(1, 0, "1"), (1, 1, "2")],
    ]


def test_the_fingerprint_is_of_the_answers_not_of_the_form(tmp_path: Path) -> None:
    as_list = recorded(write(tmp_path / "a", json.dumps(ROWS)), FORM)
    lines = "\n".join(json.dumps(row) for row in ROWS)
    as_lines = recorded(write(tmp_path / "b", lines), FORM)
    other = recorded(write(tmp_path / "c", json.dumps(ROWS[:2])), FORM)
    assert as_list.fingerprint == as_lines.fingerprint != other.fingerprint


def test_of_several_names_the_first_that_a_row_has_counts(tmp_path: Path) -> None:
    rows = [
        {"example_id": 1, "answer": "x", "output": "y"},
        {"example_id": "2", "output": "y"},
        {"example_id": "3", "solution": "z"},
    ]
    path = write(tmp_path / "out.jsonl", "\n".join(map(json.dumps, rows)))
    model = recorded(path, RecordedForm("example_id", ("answer", "output", "solution")))
    assert [answers(model, problem) for problem in "123"] == [["x"], ["y"], ["z"]]


def test_a_folder_of_files_a_problem(tmp_path: Path) -> None:
    """The form of CanItEdit: a file a problem and instruction, its results beside it."""
    for name in ("1_a", "2_b"):
        for kind in ("lazy", "long"):
            row = {
                "full_name": name,
                "instr_kind": kind,
                "completions": [{"content": f"{name} {kind} {i}"} for i in range(2)],
            }
            content = json.dumps(row, indent=2).encode()
            (tmp_path / f"{name}_{kind}.json.gz").write_bytes(gzip.compress(content))
            write(tmp_path / f"{name}_{kind}.results.json", "[]")
    write(tmp_path / "notes.txt", "not read")
    form = RecordedForm("full_name", ("completions",), only={"instr_kind": "lazy"})
    model = recorded(tmp_path, form)
    assert answers(model, "2_b", 2) == ["2_b lazy 0", "2_b lazy 1"]
    assert model.problems == {"1_a", "2_b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "a", "out": "1"}\n{', "line 2: not JSON"),
        ('{"id": "a"}', "line 1: there is no field 'out'; it has: id"),
        ('{"out": "a"}', "line 1: there is no field 'id'; it has: out"),
        ('[{"id": "a", "out": 3}]', "row 1: 'out' is neither"),
        ('[{"id": "a", "out": [{"text": "x"}]}]', "row 1: 'out' is neither"),
        ("[1]", "row 1: not a JSON object"),
        ("[1", "not a JSON list"),
        ("", "holds no completions"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        recorded(write(tmp_path / "out", text), FORM)


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl.gz"
    whole = gzip.compress(json.dumps(ROWS * 50).encode())
    for damaged in (whole[:-20], whole[:12] + b"\xff" * 8 + whole[20:]):  # cut, and overwritten
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"out\.jsonl\.gz' cannot be read"):
            recorded(path, FORM)
