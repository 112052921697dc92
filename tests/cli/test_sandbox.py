"""codeupdate sandbox: environments are listed with their state and built on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import run, run_json


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin root with the environment ``mine``, and an empty cache."""
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "root" / "sandbox" / "environments"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("summary: Nothing.\nsteps: [[nothing-of-that-name]]\n")
    (folder / "old.yaml").write_text('summary: Old.\npython: "3.1"\n')
    return tmp_path / "root"


def test_the_list_says_what_is_built(root: Path) -> None:
    rows = run_json("sandbox", "list", "--include", root)["environments"]
    states = {row["name"]: row["state"] for row in rows}
    assert states["python"] == "built"
    assert states["mine"] == states["arena"] == "not built"
    assert states["old"] == "no Python"
    said = run("sandbox", "list", "--include", root).stdout
    assert "nothing-of-that-name" in said


def test_build_makes_an_environment_ready(root: Path) -> None:
    result = run("sandbox", "build", "python", "--include", root)
    assert result.exit_code == 0
    assert result.stdout.startswith("python: ready")
    (built,) = run_json("sandbox", "build", "python")["environments"]
    assert Path(built["interpreter"]).exists()


def test_what_cannot_be_built_is_one_sentence(root: Path) -> None:
    result = run("sandbox", "build", "old", "--include", root, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Python 3.1 is needed and not installed" in result.stderr
