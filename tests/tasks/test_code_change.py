"""code-change on rows of our own in the authors' form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import codeupdate as cu
from codeupdate.errors import DataError
from codeupdate.sandbox import NoSandbox
from codeupdate.scoring.bleu import smoothed_bleu4
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.validation import validate
from codeupdate.types import Problem, Sample

DIFF = "@@ -1,3 +1,3 @@\n def area(r):\n-    return 3.14 * r * r\n+    return math.pi * r ** 2\n"
ROWS = [
    {"patch": DIFF, "msg": "Please import math\nat the top."},
    {"diff": DIFF, "nl": "Use math.pi for the area"},
    {"diff": DIFF, "old_nl": "Area, to two digits.", "nl": "Area, as exact as\ta float."},
]


@pytest.fixture
def task(tmp_path: Path) -> FolderTask:
    for number, row in enumerate(ROWS):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps(row) + "\n")
    return load_task("code-change", tmp_path)


def answered(task: FolderTask, problem: Problem, text: str) -> str:
    sample = Sample(0, 0, text, 1, 1, "stop")
    return task.extract(problem, task.prompt(problem, "prompt"), sample).code


def test_families_and_references(task: FolderTask) -> None:
    assert {p.id: p.reference for p in task.problems()} == {
        "review/1": "Please import math at the top.",
        "commit/1": "Use math.pi for the area",
        "comment/1": "Area, as exact as a float.",
    }
    found = validate(task, task.problems(), NoSandbox(), lambda _: None)
    assert (found.passed, found.faults) == (3, ())


def test_prompts_show_the_diff_and_the_old_comment_and_not_the_answer(task: FolderTask) -> None:
    for problem in task.problems():
        prompt = task.prompt(problem, "prompt")
        for text in (prompt.text, prompt.messages[0].content):
            assert DIFF.strip() in text
            assert problem.reference not in text
            assert ("Area, to two digits." in text) == problem.id.startswith("comment")
        assert prompt.text.endswith("### Answer:\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\nFix it\nand more", "Fix it"),
        ("```\nFix it\n```", "Fix it"),
        ("<think>hm\n</think>Fix\tit", "Fix it"),
        ("<think>Fix it", ""),
        ("", ""),
    ],
)
def test_the_first_line_counts(task: FolderTask, text: str, line: str) -> None:
    assert answered(task, task.problems()[0], text) == line


def test_measures_by_family(task: FolderTask) -> None:
    review, commit, comment = sorted(task.problems(), key=lambda p: p.id)[::-1]
    assert (review.id, commit.id, comment.id) == ("review/1", "commit/1", "comment/1")
    answer = "use pi for the area"
    assert task.measures(commit, answer, {}) == {
        "commit_bleu4": smoothed_bleu4("Use math.pi for the area", answer)
    }
    assert task.measures(review, "nothing alike", {}) == {"review_bleu4": 0}
    assert task.measures(comment, "area as exact as a float", {})["comment_accuracy"] == 1
    kept = task.measures(comment, "Area, to two digits.", {})
    assert kept["comment_accuracy"] == 0
    assert kept["comment_gleu"] < task.measures(comment, "Area, as a float.", {})["comment_gleu"]


def test_evaluated_without_a_sandbox(task: FolderTask, tmp_path: Path) -> None:
    answers = [{"task_id": p.id, "completion": p.reference} for p in task.problems()]
    answers[2]["completion"] = "Area."
    book = tmp_path / "answers.json"
    book.write_text(json.dumps(answers))
    result = cu.evaluate(
        f"recorded:{book}", "code-change", data=task.data, output=tmp_path / "run", progress=False
    ).result
    (arm,) = result.results
    assert result.provenance["sandbox"] == "none"
    values = {name: arm.metrics[name].value for name in arm.measures}
    wrong = task.problems()[2].id.partition("/")[0]
    assert all((value == 1) == (not name.startswith(wrong)) for name, value in values.items())


@pytest.mark.parametrize("row", [{"diff": DIFF}, {"patch": DIFF, "nl": "x"}, {"diff": 1, "nl": ""}])
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(DataError, match=r"rows.jsonl, line 1: a row has the texts"):
        load_task("code-change", tmp_path / "rows.jsonl").problems()
