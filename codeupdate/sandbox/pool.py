"""Workers that run programs: as many at once as there are cores, and none that is trusted.

A worker serves one environment. It may die at any moment, by a program's doing or ours:
then the program is tried again on a fresh one, and only what fails ``ATTEMPTS`` times is
reported, as ``infrastructure``. A program that ran out of wall time while it waited for a
core, or that the kernel ended because the machine had no memory left, is run again with all
other workers idle, and that verdict counts; a machine that has too little memory even then is
``infrastructure``.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Protocol

from codeupdate.errors import CodeUpdateError, SandboxUnavailable
from codeupdate.sandbox import wire
from codeupdate.sandbox.environments import ReadyEnvironment
from codeupdate.sandbox.surroundings import SYSTEM
from codeupdate.sandbox.wire import decode_verdict, encode, encode_program
from codeupdate.types import Outcome, Program, Verdict

__all__ = ["Launch", "Resolve", "WorkerDied", "WorkerPool", "WorkerProcess", "hello", "read_answer"]

log = logging.getLogger(__name__)

ATTEMPTS = 3  # workers that a program may cost
STARTS = 6  # of a worker, where none comes up
START_SECONDS = 120.0  # for a worker to preload its environment
MARGIN_SECONDS = 20.0  # beyond its limits, for a program to be judged
STARVED = 0.05  # of its wall time waited for a core: the machine may have decided


class WorkerDied(Exception):
    """A worker ended, broke the protocol or stopped answering; the text says which."""


class WorkerProcess(Protocol):
    """A running worker, wherever it runs."""

    def send(self, frame: bytes) -> None:
        """Raises WorkerDied."""
        ...

    def receive(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The next answer and the bytes that come with it. Raises WorkerDied, also when ``seconds`` have passed."""
        ...

    def kill(self) -> None:
        """End it and everything in it; never raises, may be called twice."""
        ...


def read_answer(
    read: Callable[[int, float], bytes], seconds: float
) -> tuple[dict[str, Any], bytes]:
    """The next frame's message and bytes; ``read(count, deadline)`` gives the next bytes of a worker's stdout.

    Raises:
        WorkerDied: there is none within ``seconds``, or it is no frame of ours.
    """
    deadline = time.monotonic() + seconds
    try:
        length, more = wire.lengths(read(wire.HEAD.size, deadline))
        answer = json.loads(read(length, deadline))
        blob = read(more, deadline) if more else b""
    except (OSError, ValueError) as error:
        raise WorkerDied(f"its answer cannot be read ({error})") from error
    if not isinstance(answer, dict):
        raise WorkerDied("its answer is no object")
    return answer, blob


Launch = Callable[[ReadyEnvironment, int], WorkerProcess]
Resolve = Callable[[str], ReadyEnvironment]


def hello(
    ready: ReadyEnvironment,
    *,
    users: tuple[int | None, int | None],
    search_path: list[str],
    work: str,
    scratch: list[str],
) -> bytes:
    """The first frame: what to preload and whom to become, as program and as judge.
    ``scratch`` is wiped after every program, ``work`` is the folder that it runs in."""
    return encode(
        {
            "hello": {
                "search_path": search_path,
                "preload": list(ready.environment.preload),
                "variables": ready.variables(SYSTEM),
                "uid": users[0],
                "judge": users[1],
                "work": work,
                "scratch": scratch,
            }
        }
    )


@dataclass(slots=True)
class _Seat:
    """One thread's place: its number, its worker and what that serves."""

    number: int
    worker: WorkerProcess | None = None
    environment: str = ""


class WorkerPool:
    """Runs programs on up to ``workers`` workers, each with a thread of its own."""

    def __init__(self, launch: Launch, resolve: Resolve, workers: int) -> None:
        self._launch = launch
        self._resolve = resolve
        self._size = workers
        self._waiting: deque[tuple[Program, Future[Verdict]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._ready: dict[str, ReadyEnvironment] = {}
        self._hopeless: dict[str, CodeUpdateError] = {}  # environments that cannot be had
        self._resolving = threading.Lock()
        self._live: set[WorkerProcess] = set()
        self._running = 0  # programs that are being judged
        self._want_alone = 0  # threads that wait for all others to be idle, or use it
        self._alone = False  # one of these is at work
        self._said: set[str] = set()  # what was logged
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for number in range(self._size):
            thread = threading.Thread(target=self._serve, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Cancel what waits and end every worker."""
        with self._changed:
            self._closed = True
            for _, future in self._waiting:
                future.cancel()
            self._waiting.clear()
            self._changed.notify_all()
            live = list(self._live)
        for worker in live:
            worker.kill()
        for thread in self._threads:
            thread.join(timeout=10)

    def submit(self, program: Program) -> Future[Verdict]:
        future: Future[Verdict] = Future()
        with self._changed:
            if self._closed:
                raise SandboxUnavailable("the sandbox is closed; open it again")
            self._waiting.append((program, future))
            self._changed.notify()
        return future

    # ---------------------------------------------------------------------- threads

    def _serve(self, number: int) -> None:
        seat = _Seat(number)
        while (taken := self._take(seat.environment)) is not None:
            program, future = taken
            verdict: Verdict | None = None
            defect: Exception | None = None
            try:
                verdict = self._verdict(seat, program)
            except Exception as error:  # our own defect: whoever waits has to learn of it
                self._empty(seat)
                defect = error
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
            if future.set_running_or_notify_cancel():
                if verdict is not None:
                    future.set_result(verdict)
                else:
                    future.set_exception(defect)
        self._empty(seat)

    def _verdict(self, seat: _Seat, program: Program) -> Verdict:
        """Judge ``program``, on as many workers as it takes."""
        deaths = starts = 0
        problem = "the sandbox was closed"
        while not self._closed:
            try:
                worker = self._seated(seat, program.environment)
            except CodeUpdateError as error:
                problem = str(error)
                break  # it would fail in the same way again
            except (WorkerDied, OSError) as error:
                starts += 1
                problem = f"{starts} workers did not start, the last one because {error}"
                self._log_failure(program.environment, str(error))
                if starts == STARTS:
                    break
                time.sleep(0.1 * 2**starts)  # what keeps them from starting may pass
                continue
            try:
                verdict = _judge(worker, program)
                if _was_squeezed(verdict) or (self._size > 1 and _was_starved(verdict, program)):
                    verdict = self._judge_alone(worker, program)
                return verdict
            except (WorkerDied, OSError) as error:
                deaths += 1
                problem = f"{deaths} workers failed on it, the last one because {error}"
                self._log_failure(program.environment, str(error))
                self._empty(seat)
                if deaths == ATTEMPTS:
                    break
        return Verdict(program.id, Outcome.INFRASTRUCTURE, detail=problem)

    def _seated(self, seat: _Seat, environment: str) -> WorkerProcess:
        """The seat's worker, a new one where it has none for ``environment``."""
        if seat.worker is None or seat.environment != environment:
            self._empty(seat)
            seat.worker = self._start(environment, seat.number)
            seat.environment = environment
        return seat.worker

    def _empty(self, seat: _Seat) -> None:
        worker, seat.worker = seat.worker, None
        self._end(worker)

    def _judge_alone(self, worker: WorkerProcess, program: Program) -> Verdict:
        """Judge once more while no other worker has a program."""
        with self._changed:
            self._want_alone += 1
            self._running -= 1
            self._changed.notify_all()
            while (self._running or self._alone) and not self._closed:
                self._changed.wait()
            self._alone = True
        try:
            verdict = _judge(worker, program)
        finally:
            with self._changed:
                self._alone = False
                self._want_alone -= 1
                self._running += 1
                self._changed.notify_all()
        alone = "also while all other workers were idle"
        if _was_squeezed(verdict):
            detail = f"the machine had no memory left for it, {alone}"
            return Verdict(program.id, Outcome.INFRASTRUCTURE, detail=detail, limit=verdict.limit)
        if verdict.limit == "wall":
            return replace(verdict, detail=f"{verdict.detail}, {alone}")
        return verdict

    def _log_failure(self, environment: str, problem: str) -> None:
        if not self._closed and problem not in self._said:  # closed: it is we who ended it
            self._said.add(problem)
            log.warning("a worker for '%s' failed: %s", environment, problem)

    def _take(self, environment: str) -> tuple[Program, Future[Verdict]] | None:
        """The next program, one for ``environment`` if there is any; None when closed."""
        with self._changed:
            while not self._waiting or self._want_alone:
                if self._closed:
                    return None
                self._changed.wait()
            self._running += 1
            # Near the front only, so that taking one costs the same however many wait.
            for place in range(min(len(self._waiting), 64)):
                if self._waiting[place][0].environment == environment:
                    taken = self._waiting[place]
                    del self._waiting[place]
                    return taken
            return self._waiting.popleft()

    def _start(self, environment: str, number: int) -> WorkerProcess:
        with self._resolving:
            if environment in self._hopeless:
                raise self._hopeless[environment]
            if environment not in self._ready:
                try:
                    self._ready[environment] = self._resolve(environment)
                except CodeUpdateError as error:
                    self._hopeless[environment] = error
                    raise
        worker = self._launch(self._ready[environment], number)
        with self._changed:
            closed = self._closed
            self._live.add(worker)
        if closed:
            self._end(worker)
            raise WorkerDied("the sandbox was closed")
        try:
            answer, _ = worker.receive(START_SECONDS)
        except WorkerDied:
            self._end(worker)
            raise
        if "failed" in answer:
            self._end(worker)
            self._hopeless[environment] = SandboxUnavailable(
                f"the environment '{environment}' cannot be started: {answer['failed']}"
            )
            raise self._hopeless[environment]
        return worker

    def _end(self, worker: WorkerProcess | None) -> None:
        if worker is not None:
            worker.kill()
            with self._changed:
                self._live.discard(worker)


def _was_starved(verdict: Verdict, program: Program) -> bool:
    return verdict.limit == "wall" and verdict.waited > STARVED * program.limits.wall_seconds


def _was_squeezed(verdict: Verdict) -> bool:
    """The kernel ended it because the machine had no memory left, whoever had taken it."""
    return verdict.limit == "machine"


def _judge(worker: WorkerProcess, program: Program) -> Verdict:
    limits = program.limits
    longest = (len(program.tests) + 1) * (limits.wall_seconds + 5) + MARGIN_SECONDS
    worker.send(encode_program(program))
    answer, blob = worker.receive(longest)
    if "broken" in answer:
        raise WorkerDied(str(answer["broken"]))
    try:
        verdict = decode_verdict(answer, blob)
    except (ValueError, KeyError, TypeError) as error:
        raise WorkerDied(f"it gave an answer that is no verdict ({error})") from error
    if verdict.program != program.id:
        raise WorkerDied("it judged another program than the one it was given")
    return verdict
