"""The wheel, installed where there is no checkout, is the whole suite."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import need_local_sandbox
from tests.shared import ROOT

WANTED = {
    "codeupdate/py.typed",
    "codeupdate/report/page.css",
    "codeupdate/report/page.html.jinja",
    "codeupdate/report/page.js",
    "codeupdate/_bundled/sandbox/worker/__main__.py",
    "codeupdate/_bundled/sandbox/environments/python.yaml",
    "codeupdate/_bundled/data/tiny/model.safetensors",
}
JUNK = re.compile(r"__pycache__|\.pyc$|/\.|/runs/|/tests/|\.part$|\.lock$|\.sqlite")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel and, behind it, the packages that we run with."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    # Of a folder that is added in this way no .pth file is read, so the checkout that may be
    # installed there for development is not seen.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv


def run(venv: Path, folder: Path, *words: str) -> Any:
    """What a program of the environment prints as JSON, run in ``folder``."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(venv / "bin" / words[0]), *words[1:]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_wheel_holds_the_four_folders_and_no_junk(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("tasks", "editors", "sandbox", "data"):
        tracked = subprocess.run(
            ["git", "ls-files", kind], cwd=ROOT, capture_output=True, text=True
        ).stdout.split()
        assert {f"codeupdate/_bundled/{file}" for file in tracked} <= held
    assert held >= WANTED
    assert [name for name in held if JUNK.search(name)] == []
    assert {name.partition("/")[0] for name in held} == {"codeupdate", "codeupdate-0.1.0.dist-info"}


def test_everything_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import codeupdate, json; from codeupdate import plugins; "
        "print(json.dumps([codeupdate.__file__, str(plugins.bundled())]))"
    )
    for place in run(installed, tmp_path, "python", "-c", code):
        assert Path(place).is_relative_to(installed)
    tasks = run(installed, tmp_path, "codeupdate", "tasks", "list", "--json")["tasks"]
    assert {row["name"]: row["problems"] for row in tasks}["kit-update"] > 100
    editors = run(installed, tmp_path, "codeupdate", "editors", "list", "--json")["editors"]
    assert {row["name"] for row in editors} >= {"none", "docs", "lora"}
    card = run(installed, tmp_path, "codeupdate", "editors", "show", "lora", "--json")
    assert Path(card["folder"]).is_relative_to(installed)


@pytest.mark.parametrize("model", ["reference", "tiny"])
def test_eval_works_outside_the_checkout(installed: Path, tmp_path: Path, model: str) -> None:
    need_local_sandbox()
    words = ["eval", "--model", model, "--task", "kit-update", "--limit", "2", "-n", "1"]
    said = run(installed, tmp_path, "codeupdate", *words, "--sandbox", "local", "--json")
    (result,) = said["results"]
    assert result["samples"] == 2
    assert result["outcomes"].get("infrastructure", 0) == 0
    if model == "reference":
        assert result["metrics"]["pass@1"]["value"] == 1
    assert (tmp_path / said["run"] / "config.json").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
