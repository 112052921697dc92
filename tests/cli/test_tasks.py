"""codeupdate tasks, as a person and as a program uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import need_local_sandbox, run, run_json
from tests.shared import shared_data


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A plugin root with the task ``mine``."""
    assert run("tasks", "new", "mine", "--to", tmp_path / "root").exit_code == 0
    return tmp_path / "root"


def test_the_list_says_how_many_problems_or_how_to_get_them(root: Path) -> None:
    tasks = {row["name"]: row for row in run_json("tasks", "list", "--include", root)["tasks"]}
    assert tasks["mine"]["problems"] == 2
    assert tasks["mine"]["licence"] == "CC0-1.0"
    assert tasks["humaneval"]["problems"] is None
    assert "--data PATH" in tasks["humaneval"]["data"]
    said = run("tasks", "list", "--include", root).stdout
    assert said.splitlines()[0].split() == [
        *("NAME", "FAMILY", "PROBLEMS", "ENVIRONMENTS", "ARMS", "LICENCE", "DATA", "SUMMARY")
    ]
    lines = {line.split()[0]: line for line in said.splitlines() if line}
    assert "(164)" in lines["humaneval"] and "--data PATH" in lines["humaneval"]
    assert "with the task" in lines["kit-update"]
    assert "hub: leo-liuzy/CodeUpdateArena" in lines["codeupdatearena"]
    assert tasks["codeupdatearena"]["arms"][:2] == ["base", "prepend"]
    assert tasks["mine"]["environments"] == ["python"]
    assert tasks["code-change"]["environments"] == []
    assert tasks["gitchameleon"]["environments"] is None
    assert "from data" in lines["gitchameleon"]
    assert "humaneval: the task 'humaneval' does not bring its data" in said


def test_a_faulty_task_hides_no_other(root: Path) -> None:
    for spec, said in (
        (b"name: mine\n", "summary: field required"),
        ("name: mine\nsummary: Caf\xe9.\n".encode("latin-1"), "cannot be read as YAML"),
    ):
        (root / "tasks" / "mine" / "task.yaml").write_bytes(spec)
        tasks = {row["name"]: row for row in run_json("tasks", "list", "--include", root)["tasks"]}
        assert said in tasks["mine"]["data"]
        assert tasks["humaneval"]["summary"]


def test_the_card_shows_an_example(root: Path) -> None:
    card = run_json("tasks", "show", "mine", "--include", root)
    assert card["problems"] == 2
    assert card["updates"] == 1
    assert card["environment"]["name"] == "python"
    assert card["example"]["problem"] == "volume"
    assert card["example"]["text"].startswith("import math\n\n\ndef volume(x):")
    said = run("tasks", "show", "mine", "--include", root).stdout
    assert card["example"]["text"] in said


def test_the_card_of_a_task_without_its_data_says_what_is_known() -> None:
    card = run_json("tasks", "show", "codeupdatearena")
    assert card["problems"] is None
    assert card["arms"]["prepend"]["editor"] == "docs"
    assert card["hub"]["repository"] == "leo-liuzy/CodeUpdateArena"
    said = run("tasks", "show", "codeupdatearena").stdout
    assert "--data" in said
    assert "learn=documentation" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gitchameleon", "derived from the data, which are not at hand"),
        ("code-change", "none, unless a row names one"),
    ],
)
def test_where_a_task_without_its_data_runs(name: str, said: str) -> None:
    assert run_json("tasks", "show", name)["environment"] == said
    assert f"environment  {said}\n" in run("tasks", "show", name).stdout


def test_a_new_task_validates_at_once(root: Path) -> None:
    need_local_sandbox()
    (found,) = run_json("tasks", "validate", "mine", "--include", root)["tasks"]
    assert found["problems"] == found["passed"] == found["compared"] == 2
    assert found["faults"] == found["weak"] == []
    result = run("tasks", "validate", "mine", "--include", root)
    assert result.exit_code == 0
    assert "mine: 2 of 2 references pass; without the update 2 of 2 fail" in result.stdout


def test_a_faulty_reference_ends_with_status_1(root: Path) -> None:
    need_local_sandbox()
    problems = root / "tasks" / "mine" / "problems.jsonl"
    problems.write_text(problems.read_text().replace("math.clamp(x, 0, 11)", "math.clump(x)"))
    result = run("tasks", "validate", "mine", "--include", root, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert said["ok"] is False
    (fault,) = said["tasks"][0]["faults"]
    assert (fault["problem"], fault["what"], fault["outcome"]) == ("volume", "reference", "error")
    assert "clump" in fault["message"]
    only = run("tasks", "validate", "mine", "--include", root, "--ids", "all-within")
    assert only.exit_code == 0
    assert "1 of 1 references pass" in only.stdout
    first = run("tasks", "validate", "mine", "--include", root, "--limit", "1")
    assert first.exit_code == 1
    assert "0 of 1 references pass" in first.stdout
    assert "volume: reference (error): " in first.stdout


def test_data_may_be_named_and_tasks_may_be_several(root: Path) -> None:
    need_local_sandbox()
    data = f"humaneval={shared_data('humaneval/HumanEval.jsonl.gz')}"
    words = ["tasks", "validate", "mine", "humaneval", "--include", root, "--data", data]
    found = run_json(*words, "--limit", "2", "--workers", "1", "--sandbox", "local")
    assert found["ok"] is True
    assert [(one["task"], one["passed"]) for one in found["tasks"]] == [
        ("mine", 2),
        ("humaneval", 2),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ids", "nothing"], "has no problem 'nothing'"),
        (["--data", "other=x"], "'other', which is not validated"),
        (["--data", "x", "--data", "mine=y"], "two places for the task 'mine'"),
        (["--sandbox", "none"], "there is no sandbox 'none'"),
    ],
)
def test_options_that_do_not_fit(root: Path, options: list[str], said: str) -> None:
    result = run("tasks", "validate", "mine", "--include", root, *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_environment_that_does_not_exist_is_found_before_anything_runs(root: Path) -> None:
    spec = root / "tasks" / "mine" / "task.yaml"
    spec.write_text(spec.read_text().replace("environment: python", "environment: pyton"))
    result = run("tasks", "validate", "mine", "--include", root)
    assert result.exit_code == 2
    assert "did you mean 'python'" in result.stderr


def test_a_task_is_not_overwritten(root: Path) -> None:
    result = run("tasks", "new", "mine", "--to", root)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
