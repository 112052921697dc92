"""A run is not continued with other code of its editors, tasks and environments."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeupdate import plugins
from codeupdate.evaluation import evaluate
from codeupdate.report import sample_rows
from tests.cli.commands import run
from tests.shared import sandbox_or_skip

TASK = "from codeupdate.tasks import FolderTask\n\n\nclass Task(FolderTask):\n    pass\n"


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A run of a task and an editor that are called ``mine``, in a ``kit`` of one's own."""
    sandbox_or_skip("local")
    task, editor = tmp_path / "tasks" / "mine", tmp_path / "editors" / "mine"
    shutil.copytree(plugins.folder("tasks") / "kit-update", task)
    (task / "task.py").write_text(TASK)
    _say(task / "task.yaml", name="mine")
    shutil.copytree(plugins.folder("editors") / "docs", editor)
    _say(editor / "editor.yaml", name="mine")
    shutil.copytree(plugins.data_folder() / "kit-update" / "library", tmp_path / "library")
    environments = tmp_path / "sandbox" / "environments"
    environments.mkdir(parents=True)
    _say(environments / "kit.yaml", summary="Mine.", preload=["kit"], paths=["library"])
    result = run(
        "eval", "--model", "reference", "--task", "mine", "--editor", "none,mine", "--include",
        tmp_path, "--limit", "1", "-n", "1", "--sandbox", "local", "--output", tmp_path / "run",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    return tmp_path / "run"


def _say(file: Path, **values: object) -> None:
    said = yaml.safe_load(file.read_text()) if file.exists() else {}
    file.write_text(yaml.safe_dump(said | values))


def _resume(folder: Path) -> Any:
    result = run("eval", "--resume", folder)
    result.said = " ".join(result.stderr.split())
    return result


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("editors/mine/editor.py", "editor 'mine'"),
        ("tasks/mine/task.py", "task 'mine'"),
        ("sandbox/environments/kit.yaml", "environment 'kit'"),
        ("library/kit/__init__.py", "environment 'kit'"),
    ],
)
def test_other_code_is_refused_before_the_model_is_loaded(
    begun: Path, tmp_path: Path, file: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(sample_rows(begun))
    changed = tmp_path / file
    added = "variables: {A: b}\n" if file.endswith(".yaml") else "\nCHANGED = True\n"
    changed.write_text(changed.read_text() + added)
    monkeypatch.setattr(evaluate, "open_engine", lambda *a, **k: pytest.fail("it was loaded"))
    result = _resume(begun)
    assert result.exit_code == 2
    assert result.said.count("error: ") == 1
    assert f"its {what} has changed since it began; undo that, or start" in result.said
    assert list(sample_rows(begun)) == before


def test_how_specificity_is_shown_belongs_to_a_task(begun: Path, tmp_path: Path) -> None:
    task = tmp_path / "tasks/mine/task.yaml"
    _say(task, specificity={"task": "kit-base", "per_update": 6})
    assert "its task 'mine' has changed since it began" in _resume(begun).said


def test_what_is_only_said_of_them_does_not_matter(begun: Path, tmp_path: Path) -> None:
    for file in ("tasks/mine/task.yaml", "editors/mine/editor.yaml"):
        _say(tmp_path / file, summary="Said in another way.")
    _say(tmp_path / "sandbox/environments/kit.yaml", summary="Said in another way.")
    (tmp_path / "tasks/mine/README.md").write_text("More.")
    result = _resume(begun)
    assert result.exit_code == 0, result.stderr
    assert "goes on with something else" not in result.said


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"revision": "an-older-one"}, "revision was an-older-one and is "),
        ({"packages": {"torch": "1.0", "trl": "0.0"}}, "torch was 1.0 and is "),
        ({"sources": {}}, "what the editor 'mine' was is not known"),
    ],
)
def test_what_cannot_be_refused_is_a_note(begun: Path, held: dict[str, Any], said: str) -> None:
    file = begun / "config.json"
    config = json.loads(file.read_text())
    config["provenance"] |= held
    file.write_text(json.dumps(config))
    result = _resume(begun)
    assert result.exit_code == 0, result.stderr
    assert "the run goes on with something else than it began with: " in result.said
    assert said in result.said
