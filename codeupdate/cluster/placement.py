"""What runs where: a plan from the nodes and what they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeupdate.errors import ClusterError

__all__ = ["Node", "Placement", "Share", "place"]


@dataclass(frozen=True, slots=True)
class Node:
    """One node: Ray's id for it, what people call it, and what Ray may give away of it."""

    id: str
    name: str
    cpus: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Share:
    """``programs`` at once on a node, for which ``cpus`` are taken from it."""

    programs: int
    cpus: int


@dataclass(frozen=True, slots=True)
class Placement:
    """``replicas`` models, each with ``gpus``; on ``nodes`` (ids) with so many ``cpus``, or
    wherever there are free GPUs. ``executors``: id of a node → what is run on it."""

    replicas: int
    gpus: int
    nodes: tuple[tuple[str, int], ...]  # (id, cpus) of each replica; empty with GPUs
    executors: Mapping[str, Share]


def place(
    nodes: Sequence[Node],
    *,
    replicas: int | None,
    gpus: int | None,
    workers: int | None,
    models: bool = True,
) -> Placement:
    """Models where GPUs are, programs where none are.

    ``gpus`` of a replica: one where any node has one, unless it is given. As many
    ``replicas`` as there is room for, unless that is given; on a cluster without GPUs one a
    node, with half of its CPUs. ``workers`` are the programs at once on a node, as many as
    it has CPUs to spare unless given. ``models`` is False where the model needs no node.

    Raises:
        ClusterError: there is not enough room.
    """
    each = gpus if gpus is not None else int(any(node.gpus for node in nodes))
    if not models:
        return Placement(0, 0, (), _executors(nodes, {}, workers))
    if each:
        room = {node.id: node.gpus // each for node in nodes}
        fitting = sum(room.values())
        wanted = replicas or fitting
        if not fitting or wanted > fitting:
            most = max((node.gpus for node in nodes), default=0)
            raise ClusterError(
                f"the cluster has room for {fitting} replicas of the model with {each} GPUs each, "
                f"and {max(wanted, 1)} are wanted; the largest of its {len(nodes)} nodes has "
                f"{most} GPUs"
            )
        return Placement(wanted, each, (), _executors(nodes, room, workers))
    able = [node for node in nodes if node.cpus > 0]
    if not able:
        raise ClusterError("the cluster has no CPUs to give away; start nodes with --num-cpus")
    able.sort(key=lambda node: -node.cpus)
    wanted = replicas or len(able)
    chosen = [able[i % len(able)] for i in range(wanted)]
    on = Counter(node.id for node in chosen)
    places = tuple((node.id, max(node.cpus // 2 // on[node.id], 1)) for node in chosen)
    taken: Counter[str] = Counter()
    for node, cpus in places:
        taken[node] += cpus
    return Placement(wanted, 0, places, _executors(nodes, taken, workers))


def _executors(
    nodes: Sequence[Node], taken: Mapping[str, int], workers: int | None
) -> dict[str, Share]:
    """Id → what is run there, on the nodes without GPUs, or on all where each has some."""
    able = [node for node in nodes if node.cpus > 0]
    without = [node for node in able if not node.gpus]
    spare = {node.id: node.cpus - taken.get(node.id, 0) for node in without or able}
    chosen = {node: cpus for node, cpus in spare.items() if cpus > 0}
    if not chosen:  # models take every CPU, and programs have to share with them
        return {node: Share(workers or 1, 0) for node in spare}
    return {
        node: Share(workers or cpus, min(workers or cpus, cpus)) for node, cpus in chosen.items()
    }
