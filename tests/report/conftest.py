"""Runs that several tests look at; none of them changes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.evaluation.results import Result
from tests.report.runs import HOSTILE, made


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Two tasks under four arms, all judged."""
    return made(tmp_path_factory.mktemp("runs") / "finished")


@pytest.fixture(scope="package")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A run that was stopped, with failures of the sandbox, faulty and hostile answers."""
    folder = tmp_path_factory.mktemp("runs") / "un finished"
    return made(folder, unjudged=5, broken=3, faulty=True, hostile=HOSTILE)


@pytest.fixture(scope="package")
def planned_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run without any answer."""
    folder = tmp_path_factory.mktemp("runs") / "planned"
    made(folder, answered=False, arms=("none", "lora"))
    return folder
