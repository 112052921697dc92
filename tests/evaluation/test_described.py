"""A damaged ``config.json`` is one sentence, whoever reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import run
from tests.report.runs import write_run


@pytest.mark.parametrize("command", ["report", "eval --resume", "power --difference 5 --from"])
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"k": None}, "config.json' is damaged: k: "),
        ({"k": ["one"]}, "config.json' is damaged: k.0: "),
        ({"provenance": None}, "config.json' is damaged: provenance: "),
        ({"config": [1]}, "config.json' is damaged: config: "),
        ({"tasks": {"humaneval": {}}}, "config.json' is damaged: tasks.humaneval.measures: "),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, command: str, damage: dict[str, object], says: str
) -> None:
    folder = write_run(tmp_path / "run", updates=1)
    file = folder / "config.json"
    config = json.loads(file.read_text()) | damage
    file.write_text(json.dumps({name: value for name, value in config.items() if value}))
    result = run(*command.split(), folder)
    assert result.exit_code == 2, result.stderr
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_run_that_does_not_say_what_was_asked_is_not_continued(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", updates=1)
    file = folder / "config.json"
    config = json.loads(file.read_text())
    del config["config"]
    file.write_text(json.dumps(config))
    result = run("eval", "--resume", folder)
    assert result.exit_code == 2
    assert "its config.json does not say what was asked for" in result.stderr
    assert run("report", folder).exit_code == 0
