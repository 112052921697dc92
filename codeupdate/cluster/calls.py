"""Calls to actors, and how they fail: by what the actor raised, or because it is gone."""

from __future__ import annotations

from typing import Any

__all__ = ["Gone", "on_node", "reply", "short"]


class Gone(Exception):
    """The actor cannot be reached any more; the text says why as far as it is known."""


def reply(call: Any) -> Any:
    """The value of ``call``, a reference to what an actor's method returns.

    Raises:
        Gone: the actor or its node is gone.
        Exception: what the method raised.
    """
    import ray
    from ray.exceptions import ActorDiedError, ActorUnavailableError, RayError, RayTaskError

    try:
        return ray.get(call)
    except RayTaskError as error:
        raise (error.cause or error) from None
    except ActorDiedError:
        raise Gone("it ended, or its node did") from None
    except ActorUnavailableError:
        raise Gone("it cannot be reached") from None
    except RayError as error:
        raise Gone(short(error)) from None


def short(error: BaseException) -> str:
    """The first sentence of what Ray says; it goes on with advice and lists of fields."""
    line = str(error).strip().partition("\n")[0]
    return line.partition(". ")[0].rstrip(".:") or type(error).__name__


def on_node(node: str) -> Any:
    """The strategy that places on the node with the id ``node`` and nowhere else."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(node_id=node, soft=False)
