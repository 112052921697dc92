"""A run on three nodes is the run on one machine, whatever happens to a node."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from codeupdate.evaluation.store import Store
from tests.cluster.conftest import ThreeNodes, command, edits, evaluate, rows

ARMS = ("--limit-updates", "2", "--limit", "8", "-n", "2", "--editor", "none,docs,rome")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run on this machine."""
    run = tmp_path_factory.mktemp("here") / "run"
    evaluate(*ARMS, "--output", str(run))
    return run


def test_three_nodes_give_what_one_machine_gives(
    three_nodes: ThreeNodes, here: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    evaluate(*ARMS, "--output", str(run), *three_nodes.engine)
    assert rows(run) == rows(here)
    assert edits(run) == edits(here)
