"""Help is complete, teaches by example, and loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import codeupdate
from codeupdate.cli import COMMANDS
from tests.cli.commands import run, start

COMMAND_LINES = [
    "eval",
    "report",
    "compare",
    "power",
    "export",
    "lintseq",
    "pie",
    "doctor",
    "tasks list",
    "tasks show",
    "tasks validate",
    "tasks new",
    "editors list",
    "editors show",
    "editing stats",
    "editing trace",
    "sandbox list",
    "sandbox show",
    "sandbox build",
    "sandbox prune",
    "sandbox run",
    "sandbox base",
    "cache list",
    "cache prune",
]

#: What has no business in a process that only prints its help.
HEAVY = {
    "docker",
    "http",
    "huggingface_hub",
    "jinja2",
    "matplotlib",
    "numpy",
    "pandas",
    "pydantic",
    "requests",
    "rich",
    "socket",
    "sqlite3",
    "ssl",
    "torch",
    "transformers",
    "yaml",
}


def test_every_command_is_listed_with_its_summary() -> None:
    said = run("--help").stdout
    for name, (_, summary) in COMMANDS.items():
        assert name in said
        assert summary in said
    assert {line.split()[0] for line in COMMAND_LINES} == set(COMMANDS)


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_every_command_teaches_by_an_example_and_offers_json(line: str) -> None:
    result = run(*line.split(), "--help")
    assert result.exit_code == 0
    assert f"codeupdate {line}" in result.stdout
    assert "--json" in result.stdout


@pytest.mark.parametrize("group", ["tasks", "editors", "editing", "sandbox"])
def test_a_group_lists_its_commands(group: str) -> None:
    said = run(group, "--help").stdout
    for line in COMMAND_LINES:
        if line.startswith(f"{group} "):
            assert line.removeprefix(f"{group} ") in said


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_nothing_heavy_is_imported_for_it(words: str) -> None:
    code = (
        "import sys\n"
        "from codeupdate.cli import main\n"
        f"sys.argv = ['codeupdate', {words!r}]\n"
        "try:\n    main()\n"
        "finally:\n    print(*(name.partition('.')[0] for name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_as_a_module_it_says_its_version(tmp_path: Path) -> None:
    with start("--version", cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read() == f"codeupdate {codeupdate.__version__}\n"
    assert process.returncode == 0
