"""A run on three nodes is the run on one machine, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import ThreeNodes, command, edits, evaluate, rows

pytestmark = [pytest.mark.ray, pytest.mark.slow]

ARMS = ("--limit-updates", "2", "-n", "1", "--editor", "none,docs,rome")
PATIENCE = 600  # seconds for something to happen that does happen


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run on this machine."""
    run = tmp_path_factory.mktemp("here") / "run"
    evaluate(*ARMS, "--output", str(run))
    return run


def begin(run: Path, three_nodes: ThreeNodes) -> subprocess.Popen[str]:
    """The run on three nodes, when it has its first samples."""
    arguments = command(*ARMS, "--output", str(run), *three_nodes.engine)
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    for _ in range(PATIENCE * 10):
        if sampled(run) or process.poll() is not None:
            break
        time.sleep(0.1)
    if not sampled(run):
        process.kill()
        pytest.fail(f"it has no samples: {process.communicate()[1]}")
    return process


def sampled(run: Path) -> int:
    if not (run / "run.sqlite").exists():
        return 0
    with sqlite3.connect(run / "run.sqlite") as store:
        try:
            return int(store.execute("SELECT COUNT(*) FROM samples").fetchone()[0])
        except sqlite3.OperationalError:  # there are no tables yet
            return 0


def actors() -> set[int]:
    """The processes of actors on this machine."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_text()
        except OSError:
            continue
        if name.startswith(("ray::Replica", "ray::Executor")):
            found.add(int(folder.name))
    return found


def gone(processes: set[int]) -> bool:
    for _ in range(PATIENCE * 10):
        if not processes & actors():
            return True
        time.sleep(0.1)
    return False


def test_three_nodes_give_what_one_machine_gives(
    three_nodes: ThreeNodes, here: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    evaluate(*ARMS, "--output", str(run), *three_nodes.engine)
    assert rows(run) == rows(here)
    assert edits(run) == edits(here)


def test_a_run_that_is_stopped_leaves_nothing_behind_and_goes_on_elsewhere(
    three_nodes: ThreeNodes, here: Path, tmp_path: Path
) -> None:
    run, others = tmp_path / "run", actors()
    process = begin(run, three_nodes)
    ours = actors() - others
    assert ours
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE)
    assert gone(ours)
    assert 0 < sampled(run) < len(rows(here))
    evaluate("--resume", str(run))
    assert rows(run) == rows(here)
    assert edits(run) == edits(here)


def test_a_node_that_is_killed_loses_and_doubles_nothing(
    three_nodes: ThreeNodes, here: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = begin(run, three_nodes)
    before = sampled(run)
    three_nodes.kill_one()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert before < len(rows(here)), "it was killed too late to matter"
    assert rows(run) == rows(here)
    assert edits(run) == edits(here)
    assert "lost" in said or "elsewhere" in said


def test_a_run_that_was_begun_here_goes_on_on_a_cluster(
    three_nodes: ThreeNodes, here: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    arguments = command(*ARMS, "--output", str(run))
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    while not sampled(run) and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert sampled(run) > 0
    evaluate("--resume", str(run), *three_nodes.engine)
    assert rows(run) == rows(here)
    assert edits(run) == edits(here)
