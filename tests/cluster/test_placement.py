"""What runs where."""

from __future__ import annotations

import pytest

from codeupdate.cluster.placement import Node, Placement, Share, place
from codeupdate.errors import ClusterError

CPU = [Node("a", "a", 8, 0), Node("b", "b", 8, 0), Node("c", "c", 4, 0)]
GPU = [Node("g", "g", 32, 8), Node("h", "h", 32, 8)]


def programs(plan: Placement) -> dict[str, int]:
    """Node → programs at once, each of which has a CPU."""
    assert all(share.programs == share.cpus for share in plan.executors.values())
    return {node: share.programs for node, share in plan.executors.items()}


def test_models_go_to_gpus_and_programs_elsewhere() -> None:
    plan = place([*GPU, *CPU], replicas=None, gpus=None, workers=None)
    assert (plan.replicas, plan.gpus, plan.nodes) == (16, 1, ())
    assert programs(plan) == {"a": 8, "b": 8, "c": 4}


def test_a_model_that_needs_several_gpus_has_them_on_one_node() -> None:
    assert place(GPU, replicas=None, gpus=4, workers=None).replicas == 4
    with pytest.raises(ClusterError, match=r"room for 0 replicas .* 16 GPUs each"):
        place(GPU, replicas=None, gpus=16, workers=None)
    with pytest.raises(ClusterError, match=r"room for 4 replicas .* and 5 are wanted"):
        place(GPU, replicas=5, gpus=4, workers=None)


def test_programs_go_to_nodes_with_gpus_where_there_are_no_others() -> None:
    plan = place(GPU, replicas=None, gpus=4, workers=None)
    assert programs(plan) == {"g": 30, "h": 30}  # a CPU for each replica that fits


def test_without_gpus_each_node_has_a_replica_and_half_of_its_cpus_for_programs() -> None:
    plan = place(CPU, replicas=None, gpus=None, workers=None)
    assert plan.nodes == (("a", 4), ("b", 4), ("c", 2))
    assert programs(plan) == {"a": 4, "b": 4, "c": 2}


def test_more_replicas_than_nodes_share_the_cpus_of_a_node() -> None:
    plan = place(CPU, replicas=4, gpus=None, workers=None)
    assert plan.nodes == (("a", 2), ("b", 4), ("c", 2), ("a", 2))
    assert programs(plan) == {"a": 4, "b": 4, "c": 2}


def test_programs_share_where_replicas_take_every_cpu() -> None:
    ones = [Node("a", "a", 1, 0), Node("b", "b", 1, 0)]
    assert place(ones, replicas=None, gpus=None, workers=None).executors == {
        "a": Share(1, 0),
        "b": Share(1, 0),
    }
    assert programs(place(ones, replicas=1, gpus=None, workers=None)) == {"b": 1}


def test_nodes_that_give_nothing_away_get_nothing() -> None:
    head = Node("head", "head", 0, 0)
    assert "head" not in place([head, *CPU], replicas=None, gpus=None, workers=3).executors
    with pytest.raises(ClusterError, match="no CPUs"):
        place([head], replicas=None, gpus=None, workers=None)


def test_a_model_that_needs_no_node_leaves_all_to_programs() -> None:
    plan = place(CPU, replicas=None, gpus=None, workers=2, models=False)
    assert (plan.replicas, programs(plan)) == (0, {"a": 2, "b": 2, "c": 2})


def test_more_programs_than_cpus_take_no_more_than_there_are() -> None:
    plan = place(CPU, replicas=None, gpus=None, workers=6)
    assert plan.executors["a"] == Share(6, 4)
