"""The scripts in benchmarks/: no other test would notice that one of them cannot begin."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_imported_and_does_nothing_then(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # They find each other as they do when they are run: in their own folder.
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    monkeypatch.setattr(sys, "argv", [name, "--no-such-option"])
    before = {path: path.stat().st_mtime_ns for path in FOLDER.iterdir() if path.is_file()}
    spec = spec_from_file_location(f"benchmark_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where dataclasses look themselves up
    known = set(sys.modules)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        own = (error.name or "").partition(".")[0]
        if own in {"codeupdate", "kitworld", "tests", *SCRIPTS}:
            raise
        pytest.skip(f"needs '{error.name}', which is not installed")
    finally:
        for added in set(sys.modules) - known:
            if added in SCRIPTS:  # names as common as these must not be found by others
                del sys.modules[added]
    assert capsys.readouterr() == ("", "")
    assert before == {path: path.stat().st_mtime_ns for path in FOLDER.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--help"], 0, "python peers.py floor [MODULE …]"),
        ([], 0, "python peers.py floor [MODULE …]"),
        (["flor"], 1, "there is no harness 'flor'; there are: floor, unprotected, command"),
    ],
)
def test_the_peers_say_how_they_are_called(words: list[str], status: int, said: str) -> None:
    script = [sys.executable, str(FOLDER / "peers.py"), *words]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == status
    assert said in (done.stderr if status else done.stdout)
    assert "Traceback" not in done.stderr
