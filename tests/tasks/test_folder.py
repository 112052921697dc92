"""A task is a YAML file, a template and JSON lines; what is wrong with them is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codeupdate.errors import DataError, UsageError
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Sample

PROBLEM = {
    "id": "double",
    "fields": {"question": "Twice x."},
    "entry_point": "double",
    "reference": "    return 2 * x\n",
    "tests": [{"name": "two", "source": "assert double(2) == 4"}],
}
UPDATE = {
    "id": "u",
    "package": "kit",
    "api": "kit.twice",
    "kind": "function-renamed",
    "summary": "twice is now double",
    "signature_before": "twice(x)",
    "signature_after": "double(x)",
    "documentation": "double(x)",
    "setup": "import kit",
    "patch": "kit.double = kit.twice",
    "watch": ["kit.double"],
}
PROMPT = 'def {{ problem.entry_point }}(x):\n    """{{ question }}"""\n'


def write(root: Path, problems: list[object], updates: list[object] = [], yaml: str = "") -> Path:  # noqa: B006
    folder = root / "tasks" / "doubling"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(
        yaml
        or "name: doubling\nsummary: Double.\n"
        "data: {problems: problems.jsonl, updates: updates.jsonl}\n"
    )
    (folder / "prompt.jinja").write_text(PROMPT)
    lines = [row if isinstance(row, str) else json.dumps(row) for row in problems]
    (folder / "problems.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "updates.jsonl").write_text("".join(json.dumps(row) + "\n" for row in updates))
    return root


def task(root: Path) -> FolderTask:
    return load_task("doubling", include=[root])


def test_a_reference_goes_through_prompt_extraction_and_program(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [PROBLEM]))
    problem = doubling.problems()[0]
    prompt = doubling.prompt(problem, "prompt")
    assert prompt.text == 'def double(x):\n    """Twice x."""\n'
    assert [m.role for m in prompt.messages] == ["user"]
    found = doubling.extract(problem, prompt, Sample(0, 0, problem.reference, 1, 1, "stop"))
    (check,) = doubling.checks(problem, found.code)
    namespace: dict[str, object] = {}
    exec(check.program.source, namespace)
    for test in check.program.tests:
        exec(test.source, namespace)


def test_a_problem_with_an_update_is_checked_with_and_without_it(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [{**PROBLEM, "update": "u"}], [UPDATE]))
    updated, outdated = doubling.checks(doubling.problems()[0], "pass")
    assert updated.program.prelude == "import kit\nkit.double = kit.twice\n"
    assert updated.program.watch == ("kit.double",)
    assert outdated.program.prelude == "import kit\n"
    assert outdated.needs == "updated"
    assert updated.program.id != outdated.program.id


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([PROBLEM, "{"], "line 2: not JSON"),
        (["[]"], "line 1: not a JSON object"),
        ([{**PROBLEM, "tests": []}], "line 1: tests"),
        ([{**PROBLEM, "extra": 1}], "line 1: extra"),
        ([PROBLEM, PROBLEM], "two problems with id 'double'"),
        ([{**PROBLEM, "update": "gone"}], "needs the update 'gone'"),
        ([""], "has no problems"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        task(write(tmp_path, rows)).problems()


def test_a_bad_task_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"task\.yaml' is not a task: summary: field required"):
        task(write(tmp_path, [PROBLEM], yaml="name: doubling\n"))


def test_an_unknown_prompt_lists_the_known_ones(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [PROBLEM]))
    with pytest.raises(UsageError, match="it has: prompt"):
        doubling.prompt(doubling.problems()[0], "chat")
    (doubling.folder / "prompt.jinja").unlink()
    with pytest.raises(UsageError, match=r"no prompt 'chat'; make '.*doubling/chat\.jinja'$"):
        doubling.prompt(doubling.problems()[0], "chat")


def test_a_missing_field_names_the_problem(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [{**PROBLEM, "fields": {}}]))
    with pytest.raises(DataError, match="problem 'double' does not have: 'question'"):
        doubling.prompt(doubling.problems()[0], "prompt")


def test_blocks_are_chat_messages(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [PROBLEM]))
    (doubling.folder / "chat.jinja").write_text(
        "{% block system %}Be brief.{% endblock %}"
        "{% block user %}{{ question }}{% endblock %}"
        "{% block completion %}# {{ question }}\n{% endblock %}"
    )
    prompt = doubling.prompt(doubling.problems()[0], "chat")
    assert [(m.role, m.content) for m in prompt.messages] == [
        ("system", "Be brief."),
        ("user", "Twice x."),
    ]
    assert prompt.text == "# Twice x.\n"


def test_data_that_does_not_exist_is_said(tmp_path: Path) -> None:
    write(tmp_path, [PROBLEM])
    with pytest.raises(DataError, match="which does not exist"):
        load_task("doubling", tmp_path / "nowhere", [tmp_path])


def test_a_data_file_that_is_nowhere_is_missed_in_the_task_s_own_folder(tmp_path: Path) -> None:
    doubling = task(write(tmp_path, [PROBLEM]))
    (doubling.folder / "problems.jsonl").unlink()
    with pytest.raises(DataError) as caught:
        doubling.problems()
    place = doubling.folder / "problems.jsonl"
    assert str(caught.value).startswith(f"the data file '{place}' cannot be read")


def test_a_folder_of_data_without_problems_is_said(tmp_path: Path) -> None:
    write(tmp_path, [PROBLEM])
    data = tmp_path / "mine"
    data.mkdir()
    with pytest.raises(DataError, match=f"'doubling': '{data}' has no problems.jsonl"):
        load_task("doubling", data, [tmp_path]).problems()
