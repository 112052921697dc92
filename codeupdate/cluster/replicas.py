"""The replicas of a model: how many, where, and another for each that is lost."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from codeupdate.cluster.calls import Gone, on_node, reply
from codeupdate.cluster.joining import nodes
from codeupdate.cluster.models import RemoteModel
from codeupdate.cluster.placement import Placement
from codeupdate.cluster.replica import Replica, ReplicaFacts
from codeupdate.errors import CodeUpdateError, ModelError, ModelLost

__all__ = ["Replicas"]

PATIENCE = 600.0  # seconds without any replica, for a node to have room for one
GOODBYE = 10.0  # seconds for a replica to let its model go
LOSSES = 3  # of every replica, before one has loaded the model


@dataclass(eq=False, slots=True)
class _Started:
    """An actor that has been asked for, and what it will say: the id of the node where it has
    been placed, and the facts of the model that it has loaded."""

    actor: Any
    where: Any
    loaded: Any


class Replicas:
    """Several of the model ``name``, as ``placement`` says; use it as a context manager.

    It obeys :class:`~codeupdate.evaluation.abreast.Models`.
    """

    def __init__(
        self,
        name: str,
        settings: Mapping[str, Any],
        placement: Placement,
        note: Callable[[str], None],
    ) -> None:
        self._name = name
        self._settings = settings
        self._placement = placement
        self._note = note
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._waiting: deque[_Started] = deque()
        self._started: set[_Started] = set()
        self._at_work = 0
        self._facts: ReplicaFacts | None = None
        self._rank = 0  # of adapters that are to be expected

    @property
    def count(self) -> int:
        return self._placement.replicas

    def __enter__(self) -> Replicas:
        places = self._placement.nodes or ((None, 0),) * self.count
        self._waiting.extend(self._start(node, cpus) for node, cpus in places)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def first(self) -> RemoteModel:
        """The model, once one replica has loaded it: for what it says of itself.

        Raises:
            ModelError: it cannot be loaded, or replicas die of it again and again.
        """
        import ray

        began, losses = time.monotonic(), 0
        while True:
            ready, _ = ray.wait([one.loaded for one in self._waiting], timeout=1.0)
            for started in [one for one in self._waiting if one.loaded in ready]:
                try:
                    return self._model(started)
                except ModelLost as error:
                    self._end(started)
                    losses += 1
                    if losses >= LOSSES * self.count:
                        raise self._lost(losses, error) from None
                    self._note(f"a replica of the model is lost: {error}")
                    self._waiting.remove(started)
                    self._waiting.append(self._start(None, 0))
            if time.monotonic() - began > PATIENCE and not self._placed(self._waiting):
                raise self._no_room()

    def expect_adapters(self, rank: int) -> None:
        """Edits will be adapters of at most ``rank``: to be said before any is asked for."""
        self._rank = rank

    @contextmanager
    def one(self) -> Iterator[RemoteModel]:
        import ray

        with self._lock:
            started = self._waiting.popleft() if self._waiting else None
        started = started or self._start(None, 0)
        try:
            model = self._loaded(started)
            model.call("expect_adapters", self._rank)
            with self._serving():
                yield model
            with suppress(Exception):  # it is ended in any case
                ray.get(started.actor.close.remote(), timeout=GOODBYE)
        finally:
            self._end(started)

    def enough(self) -> None:
        self._stopped.set()

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            started = list(self._started)
        for one in started:
            self._end(one)

    # ------------------------------------------------------------------------ actors

    def _start(self, node: str | None, cpus: int) -> _Started:
        """Ask for an actor: on ``node`` with ``cpus``, or wherever there is room.

        One that replaces another takes no CPUs away: all have been given out, and those of
        the one that is lost may have gone with their node.
        """
        import ray

        actor = (
            ray.remote(Replica)
            .options(
                num_cpus=cpus,
                num_gpus=self._placement.gpus,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=on_node(node) if node else "SPREAD",
            )
            .remote()
        )
        loaded = actor.load.remote(self._name, dict(self._settings))
        started = _Started(actor, actor.where.remote(), loaded)
        with self._lock:
            self._started.add(started)
        return started

    def _end(self, started: _Started) -> None:
        import ray

        with self._lock:
            self._started.discard(started)
        with suppress(Exception):  # it may be gone, or Ray
            ray.kill(started.actor)

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1

    def _loaded(self, started: _Started) -> RemoteModel:
        """The model of ``started``, when it is there."""
        import ray

        alone = time.monotonic()
        while not ray.wait([started.loaded], timeout=1.0)[0]:
            if self._stopped.is_set():
                raise ModelLost("the run has ended")
            if self._at_work or self._placed([started]):
                alone = time.monotonic()
            elif time.monotonic() - alone > PATIENCE:
                raise self._no_room()
        return self._model(started)

    def _model(self, started: _Started) -> RemoteModel:
        node = "a node"
        try:
            where = reply(started.where)
            node = next((one.name for one in nodes() if one.id == where), where)
            facts: ReplicaFacts = reply(started.loaded)
        except Gone as error:
            raise ModelLost(f"its process on '{node}' is gone: {error}") from None
        except CodeUpdateError as error:
            raise ModelError(f"the node '{node}': {error}") from error
        with self._lock:
            self._facts = self._facts or facts
        self._check(node, facts)
        return RemoteModel(started.actor, self._name, node, facts)

    def _placed(self, started: Iterable[_Started]) -> bool:
        import ray

        calls = [one.where for one in started]
        return bool(ray.wait(calls, timeout=0)[0])

    def _no_room(self) -> ModelError:
        return ModelError(
            f"no node has had room for the model '{self._name}' for {PATIENCE:.0f} seconds: it "
            f"needs {self._placement.gpus} GPUs; see 'ray status', and --resume continues"
        )

    def _lost(self, losses: int, why: ModelLost) -> ModelError:
        return ModelError(
            f"the model '{self._name}' was lost {losses} times while it was loaded, the last time "
            f"because {why}; see that a node has the memory for it (the logs of Ray may say more), "
            "or ask for fewer with --replicas"
        )

    def _check(self, node: str, facts: ReplicaFacts) -> None:
        assert self._facts is not None
        if facts.fingerprint != self._facts.fingerprint:
            raise ModelError(
                f"the model '{self._name}' is another on the node '{node}' than on the others: "
                "their answers cannot be mixed; put the same weights and tokenizer on all"
            )
        if facts.packages != self._facts.packages:
            differing = sorted(dict(facts.packages.items() ^ self._facts.packages.items()))
            raise ModelError(
                f"the node '{node}' has another version of {', '.join(differing)} than the "
                "others, and answers may depend on it; install the same on all"
            )
