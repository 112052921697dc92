"""Edit sequences: they come to the program they were made of, and no step brings an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.edit_sequences import differences, joined, resolve, sample_states
from codeupdate.edit_sequences.dataset import refactor_file
from codeupdate.edit_sequences.linting import faults
from codeupdate.errors import DataError
from codeupdate.strategies import converse, load_strategy
from codeupdate.types import Sampling
from tests.cli.commands import run_json
from tests.strategies.doubles import Model, Sandbox, ShownTask, asked

pytest.importorskip("pyflakes", reason="needs the extra 'lintseq'")

PROGRAM = '''import math

def area(r):
    """Of a circle."""
    square = r ** 2
    if r < 0:
        raise ValueError(r)

    return math.pi * square


class Circle:
    def __init__(self, r):
        self.r = r

    def area(self):
        for _ in range(1):
            found = area(self.r)
        return found
'''


@pytest.mark.parametrize("seed", range(20))
def test_no_step_brings_an_error_or_takes_anything_away(seed: int) -> None:
    states = sample_states(PROGRAM, seed)
    assert (states[0], states[-1]) == ("", PROGRAM)
    assert all(faults(state) == [] for state in states)
    for edit in differences(states):
        assert all(line[0] in "+@" for line in edit.split("\n"))
        assert "+" in edit
    assert resolve(joined(differences(states))).program == PROGRAM


def test_one_seed_is_one_way_and_another_another() -> None:
    assert sample_states(PROGRAM, 1) == sample_states(PROGRAM, 1)
    ways = {tuple(sample_states(PROGRAM, seed)) for seed in range(10)}
    assert len(ways) > 5


def test_a_name_does_not_come_before_what_defines_it() -> None:
    for seed in range(20):
        for state in sample_states(PROGRAM, seed):
            if "math.pi" in state:
                assert "import math" in state
            if "* square" in state:
                assert "square = " in state


def test_what_was_wrong_from_the_beginning_is_not_held_against_it() -> None:
    program = "a = unknown\nb = 2\nc = a + b\n"
    states = sample_states(program, 0)
    assert len(states) > 2
    assert states[-1] == program


@pytest.mark.parametrize(
    ("program", "line", "message"),
    [
        ("for x in y:\n", 0, "expected an indented block"),
        ("a = (\n", 0, "was never closed"),
        ("def f():\n    return x\n", 1, "undefined name 'x'"),
        ("return 1\n", 0, "outside function"),
        pytest.param("x = " + "-" * 20_000 + "1", 0, "nested too deeply", id="signs"),
        pytest.param("x = " + "1+" * 900 + "1", 0, "recursion", id="sums"),
        ("import os\nx = 1\n", None, ""),  # an import that is not used is a matter of taste
        ("def f():\n    x = 1\n", None, ""),
    ],
)
def test_what_counts_as_an_error(program: str, line: int | None, message: str) -> None:
    found = faults(program)
    if line is None:
        assert found == []
    else:
        assert found[0].line == line
        assert message in found[0].message


@given(st.lists(st.lists(st.sampled_from(["a", "b", "", " c"]), max_size=3), max_size=6))
def test_insertions_come_to_what_they_were_made_of(grown: list[list[str]]) -> None:
    lines: list[str] = []
    states = [""]
    for number, more in enumerate(grown):
        place = number * 7 % (len(lines) + 1)
        lines[place:place] = [line or "-" for line in more]
        states.append("\n".join(lines))
    assert resolve(joined(differences(states))).program.rstrip("\n") == states[-1]


@pytest.mark.parametrize(
    ("text", "program", "edits", "malformed"),
    [
        ("<|diff|>@@ -0,0 +1,2 @@\n+a\n+b\n<|diff|>@@ -1,0 +2 @@\n+x\n", "a\nx\nb\n", 2, 0),
        ("@@ -0,0 +1,2 @@\n+a\n+b\n@@ -1,1 +1,1 @@\n-a\n+c\n", "c\nb\n", 2, 0),
        ("@@ -0,0 +1,2 @@\n+a\n+b\n@@ -1 +0,0 @@\n-a\n", "b\n", 2, 0),
        ("@@ -0,0 +9 @@\n+a<|endoftext|>\n+b\n", "a\n", 1, 0),
        ("@@ where @@\n+a\n@@ -0,0 +1 @@\n+b\nThat is it.\n+c\n", "b\n", 1, 1),
        ("def f(): pass\n", "", 0, 0),
    ],
)
def test_what_a_model_writes_is_taken_as_far_as_it_goes(
    text: str, program: str, edits: int, malformed: int
) -> None:
    found = resolve(text)
    assert (found.program, found.edits, found.malformed) == (program, edits, malformed)


@pytest.mark.parametrize(
    ("answer", "text"),
    [("<|diff|>@@ -0,0 +1 @@\n+x = 1", "x = 1\n"), ("def f(): pass", "def f(): pass")],
)
def test_the_strategy_resolves_edits_and_leaves_programs(answer: str, text: str) -> None:
    ((found,),) = converse(
        load_strategy("lintseq"),
        Model(lambda *_: answer),
        asked(ShownTask(), "question"),
        Sampling(),
        Sandbox(lambda _: True),
        lambda _: None,
    )
    assert found.samples[0].text == text
    # What the model wrote is kept where it is not the answer.
    assert [t.samples[0].text for t in found.turns] == ([answer] if answer != text else [])


# -------------------------------------------------------------------------- the data set


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_data_set_becomes_one_of_edits(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.jsonl",
        {"id": 1, "instruction": "Write.", "response": PROGRAM},
        {"id": 2, "instruction": "Talk.", "response": "No program here."},
        {"id": 3, "instruction": "Both.", "response": f"Here:\n```python\n{PROGRAM}```\nDone."},
        {"id": 4, "instruction": "Repeat.", "response": "-" * 20_000},
    )
    told = run_json("lintseq", source, "--to", tmp_path / "out.jsonl", "--sequences", "3")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert told == {"file": str(tmp_path / "out.jsonl"), "rows": 4, "skipped": 2, "sequences": 6}
    assert [row["id"] for row in rows] == [1, 1, 1, 3, 3, 3]
    assert len({row["response"] for row in rows[:3]}) == 3
    for row in rows:
        assert resolve(row["response"]).program == PROGRAM


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"q": "Write.", "a": PROGRAM})
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        refactor_file(source, tmp_path / name, instruction="q", response="a", seed=seed)
    one, again, other = ((tmp_path / name).read_text() for name in ("one", "again", "other"))
    assert one == again != other


def test_a_row_without_its_fields_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"instruction": "Write."})
    with pytest.raises(DataError, match="line 1: there is no text 'response'"):
        refactor_file(source, tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == [source]
