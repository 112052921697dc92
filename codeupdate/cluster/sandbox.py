"""Programs on many nodes, as one ``Sandbox``.

One thread hands programs out: the node with the most free places gets the next one. A node
that dies loses its programs, which are then run on another; they leave nothing behind, so
running one twice is running it once.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from codeupdate.cluster.calls import Gone, on_node, reply
from codeupdate.cluster.executor import Executor, SandboxCall
from codeupdate.cluster.joining import nodes
from codeupdate.cluster.placement import Share
from codeupdate.errors import CodeUpdateError, SandboxUnavailable
from codeupdate.types import Outcome, Program, Verdict

__all__ = ["ClusterSandbox"]

AHEAD = 2  # programs for every worker: one runs while the next is on its way
ATTEMPTS = 3  # executors that a program may cost
STARTS = 3  # of an executor, on one node
PLACED = 30.0  # seconds for an executor to start where nobody else has the CPUs
GOODBYE = 10.0  # seconds for an executor to end its processes


@dataclass(eq=False, slots=True)
class _Ticket:
    """A program that was handed in; how many executors it has cost."""

    program: Program
    future: Future[Verdict]
    deaths: int = 0


@dataclass(eq=False, slots=True)
class _Host:
    """An executor on a node. ``running`` are the programs that it has."""

    node: str
    name: str
    workers: int
    actor: Any
    running: set[_Ticket] = field(default_factory=set)
    ready: bool = False

    @property
    def places(self) -> int:
        return AHEAD * self.workers - len(self.running)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a call to ``host``: of opening it where there is no ``ticket``."""

    host: _Host
    ticket: _Ticket | None
    call: Any


class ClusterSandbox:
    """Runs programs on nodes, ``shares`` (id → how much of a node) says on which (a ``Sandbox``)."""

    def __init__(
        self, call: SandboxCall, shares: Mapping[str, Share], note: Callable[[str], None]
    ) -> None:
        self.name = ""
        self._call = call
        self._shares = shares
        self._note = note
        self._inbox: queue.SimpleQueue[_Ticket | _Answer | None] = queue.SimpleQueue()
        self._waiting: deque[_Ticket] = deque()
        self._hosts: dict[str, _Host] = {}
        self._starts: dict[str, int] = {}
        self._why = "no node has CPUs to spare"
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def capacity(self) -> int:
        """Programs that are of use in flight."""
        return AHEAD * sum(share.programs for share in self._shares.values())

    # --------------------------------------------------------------- the driver's thread

    def __enter__(self) -> ClusterSandbox:
        """Open every executor.

        Raises:
            SandboxUnavailable: programs cannot be run on any of the nodes.
        """
        names = {node.id: node.name for node in nodes()}
        self._note(f"getting {len(self._shares)} nodes ready to run programs")
        opening = [self._open(node, names[node]) for node in self._shares if node in names]
        kinds = set()
        for host, call in opening:
            try:
                self._wait(host, call)
                kinds.add(reply(call))
                host.ready = True
            except (Gone, CodeUpdateError) as error:
                self._why = f"the node '{host.name}': {error}"
                self._note(f"no programs are run on the node '{host.name}': {error}")
                self._end(host)
        if not self._hosts:
            raise SandboxUnavailable(f"programs cannot be run on any node; {self._why}")
        self.name = ", ".join(sorted(kinds))
        self._thread.start()
        return self

    def _wait(self, host: _Host, call: Any) -> None:
        """Wait for ``host`` to be open; say so where others have its CPUs."""
        import ray

        if not ray.wait([host.actor.ready.remote()], timeout=PLACED)[0]:
            self._note(f"waiting for CPUs of the node '{host.name}', which others may have")
        ray.wait([call], timeout=None)

    def __exit__(self, *exception: object) -> None:
        import ray

        self._inbox.put(None)
        if self._thread.ident is not None:
            self._thread.join()
        hosts = list(self._hosts.values())
        with suppress(Exception):  # they are ended in any case
            ray.wait(
                [host.actor.close.remote() for host in hosts],
                num_returns=len(hosts),
                timeout=GOODBYE,
            )
        for host in hosts:
            self._end(host)

    def submit(self, program: Program) -> Future[Verdict]:
        if self._closed:
            raise SandboxUnavailable("the sandbox is closed; open it again")
        future: Future[Verdict] = Future()
        self._inbox.put(_Ticket(program, future))
        return future

    # ------------------------------------------------------------- the thread that hands out

    def _serve(self) -> None:
        defect: Exception | None = None
        try:
            while (message := self._inbox.get()) is not None:
                if isinstance(message, _Ticket):
                    self._waiting.append(message)
                else:
                    self._hear(message)
                self._hand_out()
        except Exception as error:  # our own defect: whoever waits has to learn of it
            defect = error
        self._closed = True
        running = {ticket for host in self._hosts.values() for ticket in host.running}
        for ticket in [*self._waiting, *running]:
            if defect is None:
                ticket.future.cancel()
            else:
                ticket.future.set_exception(defect)

    def _hear(self, answer: _Answer) -> None:
        host, ticket = answer.host, answer.ticket
        if ticket is not None and ticket not in host.running:
            return  # the executor was given up before this came
        try:
            found = reply(answer.call)
        except Gone as error:
            self._lose(host, str(error))
            return
        except Exception as error:  # our own defect: whoever waits has to learn of it
            if ticket is None:
                self._lose(host, str(error))
            else:
                host.running.discard(ticket)
                ticket.future.set_exception(error)
            return
        if ticket is None:
            host.ready = True
        else:
            host.running.discard(ticket)
            ticket.future.set_result(found)

    def _hand_out(self) -> None:
        while self._waiting:
            able = [host for host in self._hosts.values() if host.ready and host.places > 0]
            if not able:
                break
            host, ticket = max(able, key=lambda host: host.places), self._waiting.popleft()
            host.running.add(ticket)
            self._listen(host, ticket, host.actor.run.remote(ticket.program))
        if not self._hosts:
            for ticket in self._waiting:
                ticket.future.set_exception(
                    SandboxUnavailable(
                        f"no node is left to run programs on; {self._why}; what was judged is "
                        "kept, and --resume continues"
                    )
                )
            self._waiting.clear()

    def _listen(self, host: _Host, ticket: _Ticket | None, call: Any) -> None:
        call.future().add_done_callback(lambda _: self._inbox.put(_Answer(host, ticket, call)))

    # --------------------------------------------------------------------------- executors

    def _open(self, node: str, name: str) -> tuple[_Host, Any]:
        import ray

        workers, cpus = self._shares[node].programs, self._shares[node].cpus
        self._starts[node] = self._starts.get(node, 0) + 1
        actor = (
            ray.remote(Executor)
            .options(
                num_cpus=cpus,
                max_concurrency=AHEAD * workers + 2,
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=on_node(node),
            )
            .remote()
        )
        host = self._hosts[node] = _Host(node, name, workers, actor)
        return host, actor.open.remote(self._call, workers)

    def _lose(self, host: _Host, why: str) -> None:
        """Run what ``host`` had elsewhere, and open another executor there if it is there."""
        if self._hosts.get(host.node) is not host:
            return  # the same death, told once more
        self._why = f"the one on '{host.name}' is gone ({why})"
        self._note(f"the programs of the node '{host.name}' are run elsewhere: {why}")
        self._end(host)
        for ticket in sorted(host.running, key=lambda ticket: ticket.deaths):
            ticket.deaths += 1
            if ticket.deaths < ATTEMPTS:
                self._waiting.appendleft(ticket)
            else:
                detail = f"{ATTEMPTS} nodes failed on it, the last one because {why}"
                ticket.future.set_result(
                    Verdict(ticket.program.id, Outcome.INFRASTRUCTURE, detail=detail)
                )
        host.running.clear()
        alive = any(node.id == host.node for node in nodes())
        if alive and self._starts[host.node] < STARTS:
            again, call = self._open(host.node, host.name)
            self._listen(again, None, call)

    def _end(self, host: _Host) -> None:
        import ray

        if self._hosts.get(host.node) is host:
            del self._hosts[host.node]
        with suppress(Exception):  # it may be gone, or Ray
            ray.kill(host.actor)
