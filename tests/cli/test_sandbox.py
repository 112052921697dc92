"""codeupdate sandbox: environments are listed, shown, built, pruned; a program is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import need_local_sandbox, run, run_json
from tests.sandbox.wheels import make_wheel

TASK = """\
from codeupdate.tasks import FolderTask
from codeupdate.types import Environment


class Task(FolderTask):
    def environments(self):
        return {
            f"derived/{version}": Environment(f"derived/{version}", steps=((f"tinylib=={version}",),))
            for version in ("1.0", "2.0")
        }
"""
PROBLEM = {
    "id": "a",
    "fields": {},
    "entry_point": "f",
    "reference": "f = 1",
    "tests": [{"name": "t", "source": "assert f"}],
    "environment": "derived/1.0",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin root with some environments and a task that derives two, and an empty cache."""
    make_wheel(tmp_path / "wheels", "tinylib", "1.0", "version = '1.0'\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "root" / "sandbox" / "environments"
    folder.mkdir(parents=True)
    files = {
        "mine": "summary: One.\nsteps: [[tinylib==1.0]]\nvariables: {MINE: 'yes'}\n",
        "none": "summary: None.\nsteps: [[tinylib==9.0]]\n",
        "old": 'summary: Old.\npython: "3.1"\n',
        "needy": "summary: x\nsystem: [{package: nothing, command: no-such-command}]\n",
    }
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    task = tmp_path / "root" / "tasks" / "derived"
    task.mkdir(parents=True)
    (task / "task.yaml").write_text(
        "name: derived\nsummary: x\ndata: {problems: problems.jsonl}\nlimits: {wall_seconds: 7}\n"
    )
    (task / "prompt.jinja").write_text("?")
    (task / "task.py").write_text(TASK)
    (task / "problems.jsonl").write_text(json.dumps(PROBLEM) + "\n")
    return tmp_path / "root"


def states(*words: str | Path) -> dict[str, str]:
    rows = run_json("sandbox", "list", *words)["environments"]
    return {row["name"]: row["state"] for row in rows}


def test_the_list_says_what_is_built(root: Path) -> None:
    found = states("--include", root)
    assert found["python"] == "built"
    assert found["mine"] == found["arena"] == "not built"
    assert found["old"] == "no Python"
    assert "tinylib==9.0" in run("sandbox", "list", "--include", root).stdout
    run("sandbox", "build", "mine", "--include", root)
    assert states("--include", root)["mine"] == "built"


def test_the_environments_of_a_task_are_those_of_its_problems(root: Path) -> None:
    words = ("--task", "derived", "--include", root)
    assert states(*words) == {"derived/1.0": "not built"}
    (built,) = run_json("sandbox", "build", *words)["environments"]
    assert (built["name"], built["state"]) == ("derived/1.0", "built")
    assert states(*words) == {"derived/1.0": "built"}
    assert run_json("sandbox", "show", "derived/2.0", *words)["state"] == "not built"
    result = run("sandbox", "list", "--data", root)
    assert result.exit_code == 2
    assert "--task" in result.stderr


def test_show_says_how_it_is_built_and_what_is_in_it(root: Path) -> None:
    card = run_json("sandbox", "show", "mine", "--include", root)
    assert card["steps"] == [["tinylib==1.0"]]
    assert card["variables"] == {"MINE": "yes"}
    assert card["built"] is card["folder"] is None
    run("sandbox", "build", "mine", "--include", root)
    card = run_json("sandbox", "show", "mine", "--include", root)
    assert "tinylib==1.0" in card["built"]["packages"]
    assert Path(card["folder"]).is_dir()
    said = run("sandbox", "show", "mine", "--include", root).stdout
    assert said.startswith("mine: Python 3.")
    assert "step 1: tinylib==1.0" in said
    said = run("sandbox", "show", "needy", "--include", root).stdout
    assert "no-such-command (package nothing), brought along, MISSING" in said


def test_build_reports_every_environment_and_fails_where_one_does(root: Path) -> None:
    names = ("mine", "none", "old", "python")
    result = run("sandbox", "build", *names, "--include", root, "--json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    rows = {row["name"]: row for row in said["environments"]}
    assert list(rows) == list(names)
    assert rows["mine"]["state"] == rows["python"]["state"] == "built"
    assert rows["mine"]["seconds"] > 0
    assert 0 < rows["mine"]["size"] <= said["size"]
    assert "step 1 of 1 of 'none'" in rows["none"]["failure"]
    assert "tinylib==9.0" in rows["none"]["failure"]
    assert "Python 3.1 is needed and not installed" in rows["old"]["failure"]
    plain = run("sandbox", "build", *names, "--include", root)
    assert plain.exit_code == 1
    assert "mine: ready" in plain.stdout
    assert "none: FAILED: step 1 of 1 of 'none'" in plain.stdout


def test_build_says_first_what_the_system_lacks(root: Path) -> None:
    result = run("sandbox", "build", "needy", "--include", root)
    assert result.exit_code == 1
    assert "run: apt-get install nothing" in result.stderr.splitlines()[0]


def test_limit_takes_the_first(root: Path) -> None:
    words = ("sandbox", "build", "python", "none", "--limit", "1", "--include", root)
    assert [row["name"] for row in run_json(*words)["environments"]] == ["python"]


def test_prune_removes_what_is_not_defined_any_more(root: Path) -> None:
    run("sandbox", "build", "mine", "--include", root)
    run("sandbox", "build", "--task", "derived", "--include", root)
    definition = root / "sandbox" / "environments" / "mine.yaml"
    definition.write_text(definition.read_text().replace("mine", "").replace("1.0", "2.0"))
    would = run_json("sandbox", "prune", "--dry-run", "--include", root)
    assert [Path(row["folder"]).name[:5] for row in would["removed"]] == ["mine-"]
    assert would["dry_run"] is True
    said = run("sandbox", "prune", "--include", root).stdout
    assert "no environment is defined in this way any more" in said
    assert "1 environments; freed" in said
    assert run_json("sandbox", "prune", "--include", root)["removed"] == []
    assert states("--task", "derived", "--include", root) == {"derived/1.0": "built"}
    assert run_json("sandbox", "prune", "--all")["freed"] > 0
    assert states("--task", "derived", "--include", root) == {"derived/1.0": "not built"}


def test_run_gives_the_verdict_on_a_program(root: Path, tmp_path: Path) -> None:
    need_local_sandbox()
    program = tmp_path / "program.py"
    program.write_text(
        "import os, tinylib\nprint(tinylib.version, os.environ['MINE'])\nassert 1 > 2, 'no'\n"
    )
    words = ("sandbox", "run", program, "--sandbox", "local", "--include", root)
    result = run(*words, "--environment", "mine", "--json")
    assert result.exit_code == 0
    verdict = json.loads(result.stdout)
    assert verdict["outcome"] == "failed"
    assert "no" in verdict["detail"]
    assert verdict["stdout"] == "1.0 yes\n"
    said = run(*words, "--environment", "mine").stdout
    assert said.startswith("failed: ")
    assert "--- stdout\n1.0 yes" in said
    unbuilt = run(*words, "--environment", "none")
    assert unbuilt.exit_code == 2
    assert "tinylib==9.0" in unbuilt.stderr


def test_run_says_in_a_sentence_that_a_program_is_in_another_encoding(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_bytes("print('caf\xe9')\n".encode("latin-1"))
    result = run("sandbox", "run", program)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: the file '{program}' cannot be read: 'utf-8' codec")
    assert result.stderr.count("\n") == 1


def test_run_in_an_environment_that_a_task_derives(root: Path, tmp_path: Path) -> None:
    need_local_sandbox()
    program = tmp_path / "program.py"
    program.write_text("while True: pass\n")
    words = ("--task", "derived", "--environment", "derived/1.0", "--include", root)
    verdict = run_json("sandbox", "run", program, "--sandbox", "local", *words)
    assert verdict["outcome"] == "timeout"
    assert "7" in verdict["detail"], "the limits are not those of the task"


@pytest.mark.parametrize("version", ["abc", "3", "3.11.7", "2.7"])
def test_what_is_no_version_of_python_is_said_before_docker_is_asked(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    result = run("sandbox", "base", "--python", version)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: '{version}' is no version of Python that has an image; write it as 3.11\n"
    )
