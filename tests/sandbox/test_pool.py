"""The pool: whatever happens to workers, every program gets one verdict."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import SandboxUnavailable, UsageError
from codeupdate.sandbox import open_sandbox
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.pool import ATTEMPTS, WorkerDied, WorkerPool, WorkerProcess
from codeupdate.sandbox.wire import HEAD
from codeupdate.types import Limits, Outcome, Program, UnitTest, Verdict

Answer = Callable[[str], dict[str, Any]]


def passed(name: str) -> dict[str, Any]:
    return verdict(name, "passed")


def verdict(name: str, outcome: str, **fields: Any) -> dict[str, Any]:
    """What a worker answers."""
    told = asdict(Verdict(name, Outcome(outcome), **fields)) | {"failure": None}
    told |= {"stdout": 0, "stderr": 0}  # their lengths
    del told["detail"]
    return {"verdict": told}


def dies(name: str) -> dict[str, Any]:
    raise WorkerDied("it ended in the middle of a program")


class Scripted:
    """A worker that gives one answer to ``hello`` and ``answer`` to each program."""

    def __init__(self, hello: dict[str, Any], answer: Answer) -> None:
        self.hello: dict[str, Any] | None = hello
        self.answer = answer
        self.killed = False
        self.asked = ""

    def send(self, frame: bytes) -> None:
        length, _ = HEAD.unpack(frame[: HEAD.size])
        self.asked = json.loads(frame[HEAD.size : HEAD.size + length])["program"]["id"]

    def receive(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        if self.hello is not None:
            hello, self.hello = self.hello, None
            return hello, b""
        return self.answer(self.asked), b""

    def kill(self) -> None:
        self.killed = True


class Launches:
    """Starts scripted workers: ``answers`` in order, the last one for all that follow."""

    def __init__(self, *answers: Answer, hello: dict[str, Any] | None = None) -> None:
        self.answers = list(answers)
        self.hello = hello or {"ready": {"python": "3.11.7"}}
        self.workers: list[Scripted] = []
        self.environments: list[str] = []

    def __call__(self, ready: ReadyEnvironment, number: int) -> WorkerProcess:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.workers.append(Scripted(self.hello, answer))
        self.environments.append(ready.environment.name)
        return self.workers[-1]


def resolve(name: str) -> ReadyEnvironment:
    return ReadyEnvironment(Environment(name), Path("python"), Path("/"))


def judge(launches: Launches, *programs: Program) -> list[Verdict]:
    pool = WorkerPool(launches, resolve, workers=1)
    futures = [pool.submit(program) for program in programs]
    pool.start()
    try:
        return [future.result(timeout=30) for future in futures]
    finally:
        pool.close()
        assert all(worker.killed for worker in launches.workers)


def program(name: str, environment: str = "a") -> Program:
    return Program(name, environment, "")


def test_a_worker_that_dies_is_replaced_and_the_program_tried_again() -> None:
    launches = Launches(dies, dies, passed)
    assert [v.outcome.value for v in judge(launches, program("x"), program("y"))] == ["passed"] * 2
    assert len(launches.workers) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (dies, "in the middle of a program"),
        (lambda name: passed("another"), "another program"),
        (lambda name: {"verdict": {"outcome": "splendid"}}, "no verdict"),
        (lambda name: {"hello": 1}, "no verdict"),
        (lambda name: {"broken": "no process can be made"}, "no process can be made"),
    ],
)
def test_a_program_on_which_workers_fail_is_infrastructure(answer: Answer, said: str) -> None:
    launches = Launches(answer)
    (verdict,) = judge(launches, program("x"))
    assert verdict.outcome is Outcome.INFRASTRUCTURE
    assert verdict.program == "x"
    assert said in verdict.detail
    assert len(launches.workers) == ATTEMPTS


def test_a_program_that_had_no_core_is_judged_again_alone() -> None:
    """Two workers; the one program is starved at first, and alone it passes; the other one
    never runs at the same time as it then."""
    running: list[str] = []
    beside: list[tuple[str, ...]] = []  # what ran beside the one, each time

    def answer(name: str) -> dict[str, Any]:
        running.append(name)
        time.sleep(0.02)
        if name == "starved":
            beside.append(tuple(other for other in running if other != name))
        running.remove(name)
        if name == "starved" and len(beside) == 1:
            return verdict(name, "timeout", limit="wall", waited=5.0)
        return passed(name)

    pool = WorkerPool(Launches(answer), resolve, workers=2)
    others = [program(str(n)) for n in range(6)]
    limits = Limits(wall_seconds=10)
    futures = [pool.submit(p) for p in (*others[:3], Program("starved", "a", "", limits=limits))]
    futures += [pool.submit(p) for p in others[3:]]
    pool.start()
    try:
        assert all(future.result(timeout=30).passed for future in futures)
    finally:
        pool.close()
    assert len(beside) == 2 and beside[1] == ()


@pytest.mark.parametrize("waited", [0.0, 0.4])
def test_a_program_that_had_a_core_all_the_time_is_not_judged_again(waited: float) -> None:
    asked: list[str] = []

    def answer(name: str) -> dict[str, Any]:
        asked.append(name)
        return verdict(name, "timeout", limit="wall", waited=waited)

    pool = WorkerPool(Launches(answer), resolve, workers=2)
    future = pool.submit(Program("x", "a", "", limits=Limits(wall_seconds=10)))
    pool.start()
    try:
        assert future.result(timeout=30).outcome is Outcome.TIMEOUT
    finally:
        pool.close()
    assert asked == ["x"]


def test_a_timeout_that_is_confirmed_says_so() -> None:
    def answer(name: str) -> dict[str, Any]:
        return verdict(name, "timeout", limit="wall", waited=9.0)

    pool = WorkerPool(Launches(answer), resolve, workers=2)
    future = pool.submit(Program("x", "a", "", limits=Limits(wall_seconds=10)))
    pool.start()
    try:
        assert "also while all other workers were idle" in future.result(timeout=30).detail
    finally:
        pool.close()


def squeezed(name: str) -> dict[str, Any]:
    return verdict(name, "memory", limit="machine")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        (passed, Outcome.PASSED),
        (lambda name: verdict(name, "memory", limit="memory"), Outcome.MEMORY),
        (squeezed, Outcome.INFRASTRUCTURE),
    ],
)
def test_a_program_that_the_machine_had_no_memory_for_is_judged_once_more(
    workers: int, then: Answer, outcome: Outcome
) -> None:
    asked: list[str] = []

    def answer(name: str) -> dict[str, Any]:
        asked.append(name)
        return squeezed(name) if len(asked) == 1 else then(name)

    launches = Launches(answer)
    pool = WorkerPool(launches, resolve, workers)
    future = pool.submit(program("x"))
    pool.start()
    try:
        found = future.result(timeout=30)
    finally:
        pool.close()
    assert asked == ["x", "x"]
    assert len(launches.workers) == 1
    assert (found.program, found.outcome) == ("x", outcome)
    if outcome is Outcome.INFRASTRUCTURE:
        assert "no memory left for it, also while all other workers were idle" in found.detail


def test_an_environment_that_does_not_start_is_tried_once() -> None:
    launches = Launches(passed, hello={"failed": "No module named 'nothing'"})
    verdicts = judge(launches, program("x"), program("y"))
    assert {v.outcome for v in verdicts} == {Outcome.INFRASTRUCTURE}
    assert all("No module named 'nothing'" in v.detail and "'a'" in v.detail for v in verdicts)
    assert len(launches.workers) == 1


def test_a_worker_stays_with_its_environment_while_there_is_work() -> None:
    launches = Launches(passed)
    programs = [program(f"{i}", "ab"[i % 2]) for i in range(10)]
    verdicts = judge(launches, *programs)
    assert [v.program for v in verdicts] == [p.id for p in programs]
    assert launches.environments == ["a", "b"]


def test_an_environment_that_cannot_be_had_is_infrastructure() -> None:
    def missing(name: str) -> ReadyEnvironment:
        raise UsageError(f"there is no environment '{name}'")

    pool = WorkerPool(Launches(passed), missing, workers=1)
    pool.start()
    try:
        verdict = pool.submit(program("x", "gone")).result(timeout=30)
    finally:
        pool.close()
    assert verdict.outcome is Outcome.INFRASTRUCTURE
    assert "there is no environment 'gone'" in verdict.detail


def test_closing_cancels_what_waits_and_takes_nothing_more() -> None:
    pool = WorkerPool(Launches(passed), resolve, workers=1)
    waiting = pool.submit(program("x"))
    pool.close()
    assert waiting.cancelled()
    with pytest.raises(SandboxUnavailable, match="closed"):
        pool.submit(program("y"))


def test_killed_workers_lose_no_program_and_double_none() -> None:
    done: list[str] = []

    def note(future: Future[Verdict]) -> None:
        done.append(future.result().program)

    tests = (UnitTest("t", "import time; time.sleep(0.01); assert f(1) == 2"),)
    with open_sandbox("local", workers=2) as sandbox:
        futures = []
        for number in range(300):
            future = sandbox.submit(Program(f"{number}", "python", "def f(x): return x + 1", tests))
            future.add_done_callback(note)
            futures.append(future)
        kills = 0
        for share in (30, 90, 150, 210, 270):
            while len(done) < share:
                time.sleep(0.005)
            for pid in _workers():
                os.kill(pid, signal.SIGKILL)
                kills += 1
        wait(futures, timeout=120)
    assert kills >= 5
    assert sorted(done, key=int) == [f"{n}" for n in range(300)]
    assert all(future.result().passed for future in futures)
    assert _workers() == []


def _workers() -> list[int]:
    """The processes that this one has as children and that lead to workers."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]
