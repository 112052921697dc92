"""A cluster of three nodes on this machine: real processes, as on three machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codeupdate.evaluation.store import Store
from tests.shared import sandbox_or_skip

QUIET = {"object_store_memory": 80 * 1024**2}


@dataclass
class ThreeNodes:
    """A head, which runs programs, and two nodes with a replica each that do so, too."""

    ray: Any
    nodes: list[Any]

    @property
    def engine(self) -> list[str]:
        return ["--engine", f"ray://{self.ray.address}", "--replicas", "2"]

    def kill_one(self) -> None:
        """End every process of the last node as a power cut would."""
        node = self.nodes.pop()
        self.ray.remove_node(node, allow_graceful=False)


@pytest.fixture(scope="session")
def three_nodes() -> Iterator[ThreeNodes]:
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    sandbox_or_skip("local")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 (15 else: on a busy machine nothing)
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, **QUIET}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        nodes = [cluster.add_node(num_cpus=2, **QUIET) for _ in range(2)]
        yield ThreeNodes(cluster, nodes)
    finally:
        cluster.shutdown()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "codeupdate", "eval", *arguments]


def evaluate(*arguments: str) -> dict[str, Any]:
    """What ``codeupdate eval --json`` says."""
    done = subprocess.run(command(*arguments, "--json"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def rows(run: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Item → all that is kept of it and does not depend on the clock."""
    with Store.open(run) as store:
        return {
            tuple(row[name] for name in ("stage", "role", "task", "problem", "sample")): (
                *(row[name] for name in ("prompt", "text", "code", "extraction", "finish_reason")),
                *(row[name] for name in ("prompt_tokens", "completion_tokens", "documents")),
                {
                    check: (
                        found["outcome"],
                        [(test["name"], test["outcome"]) for test in found["tests"]],
                    )
                    for check, found in row["verdicts"].items()
                },
                row["measures"],
            )
            for row in store.rows()
        }


def edits(run: Path) -> dict[str, str]:
    """Stage → the fingerprint of its edited model."""
    with Store.open(run) as store:
        found = store._connection.execute("SELECT stage, fingerprint FROM edits")
        return dict(found.fetchall())
