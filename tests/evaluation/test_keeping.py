"""What is kept beside the model: at once, bounded, and never lost once it is reported."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Subject, plan_stages
from codeupdate.evaluation.store import Store
from codeupdate.models.generating import Generates
from codeupdate.strategies import load_strategy
from codeupdate.tasks import load_task
from codeupdate.types import Outcome, Program, Prompt, Sample, Sampling, Verdict
from tests.evaluation.test_pipeline import NoEditor, Silent, result, root

__all__ = ["root"]  # the task with six problems
WAIT = 60.0  # seconds until a test is given up


class Sandbox:
    """Passes what it is given, or holds it until it is let go."""

    name = "double"

    def __init__(self, *, holds: bool = False) -> None:
        self.holds = holds
        self.seen: list[str] = []
        self.came = threading.Condition()
        self.held: list[Future[Verdict]] = []

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, program: Program) -> Future[Verdict]:
        future: Future[Verdict] = Future()
        with self.came:
            self.seen.append(program.id)
            self.came.notify_all()
        if self.holds:
            self.held.append(future)
        else:
            future.set_result(Verdict(program.id, Outcome.PASSED))
        return future

    def let_go(self) -> None:
        self.holds = False
        for future in self.held:
            future.set_result(Verdict("", Outcome.PASSED))


class Watched(Generates):
    """Answers one prompt at a time, and calls ``before`` first, with its number."""

    name = fingerprint = "watched"

    def __init__(self, before: Any) -> None:
        self.before = before

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for i in range(len(prompts)):
            self.before(i)
            yield tuple(Sample(i, n, f"    return {i}\n", 1, 1, "stop") for n in range(sampling.n))


def evaluate(
    root: Path,
    store: Store,
    model: Watched,
    sandbox: Sandbox,
    listener: Silent,
    in_flight: int = 4,
) -> None:
    task = load_task("sums", include=[root])
    subject = Subject(task.problems(), task.updates())
    execution = Execution(
        tasks={"sums": task}, sandbox=sandbox, store=store, listener=listener, in_flight=in_flight
    )
    Pipeline(
        prompt="prompt",
        strategy=load_strategy("direct"),
        sampling=Sampling(n=2),
        execution=execution,
    ).run(model, NoEditor(), plan_stages("none", subject, protocol="single", edits=False), ())


def test_the_next_check_of_a_sample_does_not_wait_for_the_model(
    root: Path,
    tmp_path: Path,
) -> None:
    sandbox = Sandbox()

    def last_waits_for_the_second_check_of_the_first(number: int) -> None:
        if number == 5:
            with sandbox.came:
                assert sandbox.came.wait_for(lambda: "p0/outdated" in sandbox.seen, WAIT)

    with Store.create(tmp_path / "run", {}) as store:
        model = Watched(last_waits_for_the_second_check_of_the_first)
        evaluate(root, store, model, sandbox, Silent())
        assert len(result(store)) == 12


def test_the_model_does_not_wait_for_programs_and_few_are_in_flight(
    root: Path,
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(holds=True)

    def last_lets_the_programs_go(number: int) -> None:
        if number == 5:
            with sandbox.came:
                assert sandbox.came.wait_for(lambda: len(sandbox.seen) == 4, WAIT)
            sandbox.let_go()

    with Store.create(tmp_path / "run", {}) as store:
        evaluate(root, store, Watched(last_lets_the_programs_go), sandbox, Silent())
        assert all(set(outcomes) == {"updated", "outdated"} for *_, outcomes in result(store))
        assert len(sandbox.seen) == 24


@pytest.mark.usefixtures("committed_at_once")
def test_a_run_ends_when_all_that_was_handed_over_is_judged(root: Path, tmp_path: Path) -> None:
    class Slow(Silent):
        def sampled(self, count: int) -> None:
            time.sleep(0.05)  # the model is done long before

    with Store.create(tmp_path / "run", {}) as store:
        evaluate(root, store, Watched(lambda _: None), Sandbox(), Slow())
        assert [set(outcomes) for *_, outcomes in result(store)] == [{"updated", "outdated"}] * 12


def test_what_goes_wrong_there_is_raised_here(root: Path, tmp_path: Path) -> None:
    class Full(Silent):
        def judged(self, outcome: Outcome | None) -> None:
            raise OSError("no room")

    before = threading.active_count()
    with Store.create(tmp_path / "run", {}) as store, pytest.raises(OSError, match="no room"):
        evaluate(root, store, Watched(lambda _: None), Sandbox(), Full())
    assert threading.active_count() == before


def test_a_model_that_fails_loses_nothing_that_it_gave(
    root: Path,
    tmp_path: Path,
) -> None:
    def fails(number: int) -> None:
        if number == 3:
            raise ValueError("broken")

    with Store.create(tmp_path / "run", {}) as store:
        with pytest.raises(ValueError, match="broken"):
            evaluate(root, store, Watched(fails), Sandbox(holds=True), Silent())
        assert {problem for problem, *_ in result(store)} == {"p0", "p1", "p2"}


def test_what_is_reported_survives_a_kill(root: Path, tmp_path: Path) -> None:
    class Told(Silent):
        def sampled(self, count: int) -> None:
            os.write(pipe, b"s" * count)

        def judged(self, outcome: Outcome | None) -> None:
            os.write(pipe, b"j")

    def stands_still(number: int) -> None:
        if number == 4:
            time.sleep(WAIT)

    Store.create(tmp_path / "run", {}).close()
    heard, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        with Store.open(tmp_path / "run") as store:
            evaluate(root, store, Watched(stands_still), Sandbox(), Told())
        os._exit(0)
    os.close(pipe)
    said = b""
    while said.count(b"j") < 8:  # those of the first four problems, while the model stands still
        said += os.read(heard, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(heard)
    with Store.open(tmp_path / "run") as store:
        rows = result(store)
        assert len(rows) == said.count(b"s") == 8
        assert all(set(outcomes) == {"updated", "outdated"} for *_, outcomes in rows)
        evaluate(root, store, Watched(lambda _: None), Sandbox(), Silent())
        assert len(result(store)) == 12
