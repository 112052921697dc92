"""What the arms of a run say about the next one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codeupdate.evaluation.planning import observed_arms
from tests.report.runs import write_run


def run(folder: Path, sampling: dict[str, Any] | None, given: float | None) -> Path:
    """A run of one sample a problem, which was ``given`` this temperature and has kept that
    ``sampling`` was in force."""
    write_run(folder, n=1, arms=("none", "lora"), tasks=("kit-update", "humaneval"))
    path = folder / "config.json"
    kept = json.loads(path.read_text())
    kept["config"]["temperature"] = given
    if sampling is not None:
        kept["provenance"]["sampling"] = {"humaneval": {**sampling, "n": 1}}
    path.write_text(json.dumps(kept))
    return folder


@pytest.mark.parametrize(
    ("sampling", "given", "luck"),
    [
        ({"temperature": 0.0}, None, 0.0),  # greedy by the task's default
        ({"temperature": 0.8}, None, 0.4),
        (None, 0.0, 0.0),  # a run from before it was kept
        (None, None, 0.4),
    ],
)
def test_greedy_answers_have_no_luck(
    tmp_path: Path, sampling: dict[str, Any] | None, given: float | None, luck: float
) -> None:
    [found] = observed_arms(run(tmp_path / "run", sampling, given), "humaneval", 0.4)
    assert found.sampled == luck
