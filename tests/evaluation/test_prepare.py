"""What is wrong with what was asked for is found before a model is loaded or a folder made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

import codeupdate as cu
from codeupdate import plugins
from codeupdate.errors import StoreError, UsageError
from codeupdate.evaluation import evaluate
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from tests.cli.commands import run


def test_a_prompt_that_a_task_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("eval", "--prompt", "nope", "--dry-run")
    assert result.exit_code == 2
    assert "the task 'kit-update' has no prompt 'nope'; it has: prompt" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_prompt_that_the_task_of_specificity_does_not_have(tmp_path: Path) -> None:
    folder = tmp_path / "tasks" / "mine"
    shutil.copytree(plugins.folder("tasks") / "kit-update", folder)
    shutil.copy(folder / "prompt.jinja", folder / "other.jinja")
    spec = yaml.safe_load((folder / "task.yaml").read_text()) | {"name": "mine"}
    (folder / "task.yaml").write_text(yaml.safe_dump(spec))
    asked = {"tasks": ["mine"], "include": [tmp_path], "prompt": "other"}
    assert prepare(run_config(**asked)).samples > 0  # nothing is edited, nothing can break
    with pytest.raises(UsageError, match="the task 'kit-base' has no prompt 'other'"):
        prepare(run_config(**asked, editors=["none", "docs"]))


def test_a_plan_without_problems() -> None:
    with pytest.raises(UsageError, match="--ids names no problem of the task 'kit-update'"):
        prepare(run_config(ids=[]))


def test_a_folder_that_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    result = run("eval", "--output", tmp_path, "--dry-run")
    assert result.exit_code == 2
    assert f"the run folder '{tmp_path}' is not empty" in result.stderr
    monkeypatch.setattr(evaluate, "open_engine", lambda *a, **k: pytest.fail("it was loaded"))
    with pytest.raises(StoreError, match="is not empty"):
        cu.evaluate("reference", limit=1, output=tmp_path, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
