"""Recorded answers beside the data: what is missing is said, what is strange is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import UsageError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import Prepared, prepare

PROBLEM = {"entry_point": "f", "fields": {}, "reference": "    return 1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A task of three problems whose authors publish two kinds of answers in one file."""
    folder = tmp_path / "plugins" / "tasks" / "ones"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(
        "name: ones\nsummary: One.\ndata: {problems: problems.jsonl}\n"
        "recorded:\n  problem: id\n  completions: [answer, output]\n"
        "  only:\n    prompt: {kind: long}\n    short: {kind: short}\n"
    )
    for prompt in ("prompt", "short"):
        (folder / f"{prompt}.jinja").write_text("def f():\n")
    rows = [
        {"id": name, **PROBLEM, "tests": [{"name": "t", "source": "assert f() == 1"}]}
        for name in "abc"
    ]
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "plugins"


def prepared(root: Path, rows: list[dict[str, Any]], **options: Any) -> Prepared:
    path = root / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return prepare(
        run_config(model=f"recorded:{path}", tasks=("ones",), include=(root,), **options)
    )


def rows(problems: str, kind: str = "long") -> list[dict[str, Any]]:
    return [{"id": name, "output": "    return 1\n", "kind": kind} for name in problems]


def test_nothing_is_said_where_every_problem_has_its_answer(root: Path) -> None:
    assert prepared(root, rows("abc")).notes == ()


def test_a_problem_without_an_answer_is_named(root: Path) -> None:
    (note,) = prepared(root, rows("ac")).notes
    assert "has no answer to 1 of 3 problems, which count as not solved: b" in note
    assert prepared(root, rows("ac"), ids=("a", "c")).notes == ()


def test_the_prompt_says_which_rows_count(root: Path) -> None:
    mixed = rows("abc") + rows("a", "short")
    assert prepared(root, mixed).notes == ()
    (note,) = prepared(root, mixed, prompt="short").notes
    assert "no answer to 2 of 3 problems" in note


def test_an_unknown_problem_is_an_error_unless_told_otherwise(root: Path) -> None:
    with pytest.raises(UsageError, match=r"1 of its problems are not in the data: z; .*--ignore-"):
        prepared(root, rows("abcz"))
    (note,) = prepared(root, rows("abcz"), ignore_unknown=True).notes
    assert "not in the data: z; these are left out" in note
    assert prepared(root, rows("abc"), limit=1).notes == ()  # not asked is not unknown
