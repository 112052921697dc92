"""How a run samples is kept with it, also where that is left to the task, and stays as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

import codeupdate as cu
from codeupdate import plugins
from codeupdate.evaluation import evaluate
from codeupdate.report import published
from tests.cli.commands import run
from tests.shared import sandbox_or_skip

DEFAULT = {"n": 1, "temperature": 0.3, "top_p": 0.9, "max_tokens": 32}


@pytest.fixture(autouse=True)
def _local_sandbox() -> None:
    sandbox_or_skip("local")


def task_that_samples(folder: Path, sampling: dict[str, float]) -> None:
    """A copy of ``kit-base`` named ``mine``."""
    place = folder / "tasks" / "mine"
    if not place.exists():
        shutil.copytree(plugins.find("tasks", "kit-base", "task.yaml"), place)
    spec = yaml.safe_load((place / "task.yaml").read_text())
    spec |= {"name": "mine", "sampling": sampling}
    (place / "task.yaml").write_text(yaml.safe_dump(spec))


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A run of that task which leaves all of it to the task but the length."""
    task_that_samples(tmp_path, DEFAULT)
    result = run(
        "eval", "--model", "reference", "--task", "mine", "--include", tmp_path, "--limit", "2",
        "--max-tokens", "16", "--sandbox", "local", "--output", tmp_path / "run",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    return tmp_path / "run"


def test_a_run_says_how_it_sampled(begun: Path) -> None:
    evaluation = cu.read(begun)
    in_force = {**DEFAULT, "max_tokens": 16, "seed": 0}
    assert evaluation.result.to_json()["provenance"]["sampling"] == {"mine": in_force}
    card = yaml.safe_load(published(evaluation.result, "model-card").strip("-\n"))
    arguments = card["model-index"][0]["results"][0]["metrics"][0]["args"]
    assert in_force.items() <= arguments.items()


def test_its_page_says_so_too(begun: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra 'reporting'")
    cu.read(begun).to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "&#34;temperature&#34;: 0.3" in page and "&#34;max_tokens&#34;: 16" in page


@pytest.mark.parametrize("changed", [{"temperature": 0.9}, {"n": 3}, {"top_p": 1.0}])
def test_another_default_of_the_task_is_not_mixed_in(
    begun: Path, tmp_path: Path, changed: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("eval", "--resume", begun).exit_code == 0
    task_that_samples(tmp_path, {**DEFAULT, **changed})
    monkeypatch.setattr(evaluate, "open_engine", lambda *a, **k: pytest.fail("it was loaded"))
    result = run("eval", "--resume", begun)
    assert result.exit_code == 2
    assert "its sampling has changed since it began" in " ".join(result.stderr.split())


def test_another_default_that_the_run_does_not_leave_to_it_does_not_matter(
    begun: Path, tmp_path: Path
) -> None:
    task_that_samples(tmp_path, {**DEFAULT, "max_tokens": 64})
    assert run("eval", "--resume", begun).exit_code == 0
