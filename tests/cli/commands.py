"""Runs the command line, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codeupdate.cli import app
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import open_sandbox

ROOT = Path(__file__).parents[2]


def run(*words: str | Path) -> Any:
    """``codeupdate WORDS…`` in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def run_json(*words: str | Path) -> Any:
    """What ``codeupdate WORDS… --json`` prints, which has to be one JSON object alone."""
    result = run(*words, "--json")
    assert result.exit_code in {0, 1}, result.stderr
    return json.loads(result.stdout)


def start(*words: str | Path, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    """``python -m codeupdate WORDS…`` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "codeupdate", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        **options,
    )


def need_local_sandbox() -> None:
    """Skip the test where programs cannot be isolated."""
    try:
        with open_sandbox("local", workers=1):
            pass
    except SandboxUnavailable as reason:
        pytest.skip(str(reason))
