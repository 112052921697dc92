"""A cluster that was joined and looked at, and what an evaluation asks of it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codeupdate.cluster.executor import SandboxCall
from codeupdate.cluster.inspecting import inspect
from codeupdate.cluster.joining import joined, nodes
from codeupdate.cluster.models import RemoteAround, RemoteEditor
from codeupdate.cluster.placement import Node, Placement, place
from codeupdate.cluster.replica import EditorCall
from codeupdate.cluster.replicas import Replicas
from codeupdate.cluster.sandbox import ClusterSandbox
from codeupdate.editing.protocol import Editor
from codeupdate.strategies import Around, Strategy
from codeupdate.types import Environment

__all__ = ["Cluster", "open_cluster"]

#: Backends that load weights: each replica does. Others answer in the driver.
LOADED = ("tiny", "hf", "vllm")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that can run an evaluation of ``model``, and where it will."""

    model: str
    settings: Mapping[str, Any]
    include: tuple[Path, ...]
    placement: Placement
    note: Callable[[str], None]

    @property
    def has_replicas(self) -> bool:
        """Whether the model is loaded on nodes, and not in the driver."""
        return self.placement.replicas > 0

    def replicas(self) -> Replicas:
        """The replicas of the model, to be entered with ``with``."""
        return Replicas(self.model, self.settings, self.placement, self.note)

    def sandbox(
        self, kind: str, environments: Sequence[str], derived: Mapping[str, Environment]
    ) -> ClusterSandbox:
        """Where programs run, to be entered with ``with``."""
        call = SandboxCall(kind, self.include, environments, dict(derived))
        return ClusterSandbox(call, self.placement.executors, self.note)

    def editor(self, here: Editor, name: str, settings: Mapping[str, object]) -> Editor:
        """The editor ``here``, which is loaded as ``name`` with ``settings``, at a replica."""
        return RemoteEditor(here, EditorCall(name, dict(settings), self.include))

    def strategy(self, strategy: Strategy) -> Strategy:
        """``strategy``, as it asks a replica."""
        return RemoteAround(strategy) if isinstance(strategy, Around) else strategy


@contextmanager
def open_cluster(
    engine: str,
    model: str,
    settings: Mapping[str, Any],
    *,
    include: Sequence[Path],
    replicas: int | None,
    workers: int | None,
    note: Callable[[str], None],
) -> Iterator[Cluster]:
    """Join the cluster ``engine``, see that its nodes can do their part, and plan what runs where.

    ``replicas`` and ``workers`` are those of :func:`~codeupdate.cluster.placement.place`.

    Raises:
        UsageError: there is no such engine.
        ClusterError: it cannot be joined, or a node lacks something.
    """
    backend, _, source = model.partition(":")
    with joined(engine, note):
        found = nodes()
        placement = place(
            found,
            replicas=replicas,
            gpus=_gpus(settings, found),
            workers=workers,
            models=backend in LOADED,
        )
        note(_plan(len(found), placement))
        folder = _folder(backend, source)
        folders = [*include, *_from_environment()]
        inspect(found, folders, folder)
        # Where a replica works is not where the driver does.
        name = f"{backend}:{folder}" if folder else model
        yield Cluster(name, settings, tuple(folders), placement, note)


def _folder(backend: str, source: str) -> Path | None:
    """The model's folder where it is named as one, as every node is to find it."""
    path = Path(source).expanduser()
    named = source.startswith((".", "/", "~")) or (source and path.is_dir())
    return path.absolute() if backend in LOADED and named else None


def _gpus(settings: Mapping[str, Any], nodes: Sequence[Node]) -> int | None:
    """How many GPUs the settings of a model share it out to; None where they do not say."""
    if settings.get("device_map"):  # it takes what it finds: a node for each
        return min((node.gpus for node in nodes if node.gpus), default=None)
    ways = ("tensor", "pipeline", "data")
    sizes = [size for way in ways if (size := settings.get(f"{way}_parallel_size"))]
    return math.prod(sizes) if sizes else None


def _plan(count: int, placement: Placement) -> str:
    programs = sum(share.programs for share in placement.executors.values())
    said = f"{count} nodes: {programs} programs at once on {len(placement.executors)} of them"
    if placement.replicas:
        each = f" with {placement.gpus} GPUs each" if placement.gpus else ""
        said += f", {placement.replicas} replicas of the model{each}"
    return said


def _from_environment() -> list[Path]:
    """The driver's ``$CODEUPDATE_PATH``: nodes need not have the variable, but the folders."""
    given = os.environ.get("CODEUPDATE_PATH", "")
    return [Path(part).absolute() for part in given.split(os.pathsep) if part]
