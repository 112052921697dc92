"""References go in at one end and verdicts come out at the other, also after a stop."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Stage, Subject, plan_stages
from codeupdate.evaluation.store import Store
from codeupdate.models.answers import reference
from codeupdate.strategies import load_strategy
from codeupdate.tasks import load_task
from codeupdate.types import Outcome, Program, Sampling, Verdict


class PlainProcesses:
    """Runs each program with a plain interpreter: enough for programs of our own."""

    name = "plain"

    def __init__(self) -> None:
        self.ran: list[str] = []
        self._threads = ThreadPoolExecutor(2)

    def __enter__(self) -> PlainProcesses:
        return self

    def __exit__(self, *exception: object) -> None:
        self._threads.shutdown()

    def submit(self, program: Program) -> Future[Verdict]:
        return self._threads.submit(self._run, program)

    def _run(self, program: Program) -> Verdict:
        self.ran.append(program.id)
        parts = [program.prelude, program.source, *(test.source for test in program.tests)]
        done = subprocess.run([sys.executable, "-c", "\n".join(parts)], capture_output=True)
        return Verdict(program.id, Outcome.ERROR if done.returncode else Outcome.PASSED)


class Silent:
    def note(self, text: str) -> None: ...

    def ask(self, question: str) -> bool | None: ...

    def arm(self, task: str, editor: str) -> None: ...

    def stage(self, stage: Stage) -> None: ...

    def held(self, sampled: int, judged: int) -> None: ...

    def sampled(self, count: int) -> None: ...

    def judged(self, outcome: Outcome) -> None: ...


class StopsAfter(Silent):
    """Breaks off, as a closed laptop would, after so many verdicts or samples."""

    def __init__(self, event: str, count: int) -> None:
        self.event, self.left = event, count

    def sampled(self, count: int) -> None:
        self._tick("sampled", count)

    def judged(self, outcome: Outcome) -> None:
        self._tick("judged", 1)

    def _tick(self, event: str, count: int) -> None:
        self.left -= count if event == self.event else 0
        if self.left <= 0:
            raise KeyboardInterrupt


class Counter(Silent):
    """Counts the samples that are judged."""

    count = 0

    def judged(self, outcome: Outcome) -> None:
        self.count += 1


class NoEditor:
    name = "none"
    settings: Mapping[str, object] = {}
    fingerprint = ""

    @contextmanager
    def apply(self, *_: Any) -> Iterator[Any]:
        raise AssertionError("the baseline is never edited")
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins" / "tasks" / "sums"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(
        "name: sums\nsummary: Add.\ndata: {problems: problems.jsonl, updates: updates.jsonl}\n"
    )
    (folder / "prompt.jinja").write_text("def {{ problem.entry_point }}(x):\n")
    patch = "import builtins\nbuiltins.plus = lambda a, b: a + b"
    update = {
        "id": "u",
        "package": "builtins",
        "api": "builtins.plus",
        "kind": "function-added",
        "summary": "",
        "signature_before": "",
        "signature_after": "plus(a, b)",
        "documentation": "plus(a, b)",
        "patch": patch,
    }
    (folder / "updates.jsonl").write_text(json.dumps(update) + "\n")
    problems = [
        {
            "id": f"p{i}",
            "fields": {},
            "entry_point": "f",
            "reference": f"    return plus(x, {i})\n" if i != 3 else "    return 0\n",
            "tests": [{"name": "t", "source": f"assert f(1) == {i + 1}"}],
            "update": "u",
        }
        for i in range(6)
    ]
    (folder / "problems.jsonl").write_text("".join(json.dumps(p) + "\n" for p in problems))
    return tmp_path / "plugins"


def evaluate(root: Path, store: Store, listener: Silent) -> list[str]:
    task = load_task("sums", include=[root])
    stages = plan_stages(
        "none", Subject(task.problems(), task.updates()), protocol="single", edits=False
    )
    with PlainProcesses() as sandbox:
        pipeline = Pipeline(
            prompt="prompt",
            strategy=load_strategy("direct"),
            sampling=Sampling(n=2),
            execution=Execution(
                tasks={"sums": task}, sandbox=sandbox, store=store, listener=listener
            ),
        )
        pipeline.run(reference(task.problems()), NoEditor(), stages, ())
    return sandbox.ran


def result(store: Store) -> list[tuple[Any, ...]]:
    return [
        (
            row["problem"],
            row["sample"],
            row["code"],
            {name: verdict["outcome"] for name, verdict in row["verdicts"].items()},
        )
        for row in store.rows()
    ]


def test_each_sample_is_checked_with_the_update_and_only_if_it_passes_without(
    root: Path, tmp_path: Path
) -> None:
    with Store.create(tmp_path / "run", {}) as store:
        evaluate(root, store, Silent())
        rows = result(store)
    assert len(rows) == 12
    for problem, _, code, outcomes in rows:
        assert code.startswith("def f(x):\n    return")
        wrong = problem == "p3"
        assert outcomes == (
            {"updated": "error"} if wrong else {"updated": "passed", "outdated": "error"}
        )


def test_checks_that_need_no_other_run_once_each(root: Path, tmp_path: Path) -> None:
    """Both pass; the first verdict to come in must not start the other one again."""
    (root / "tasks" / "sums" / "task.py").write_text(
        "from dataclasses import replace\n"
        "from codeupdate.tasks import FolderTask\n"
        "from codeupdate.types import Check\n"
        "class Task(FolderTask):\n"
        "    def checks(self, problem, code):\n"
        "        program = self.program(problem, 'def f(x): return x + %s' % problem.id[1:])\n"
        "        slow = replace(program, source='import time; time.sleep(0.1)\\n' + program.source)\n"
        "        return (Check('hidden', program), Check('visible', slow))\n"
    )
    judged = Counter()
    with Store.create(tmp_path / "run", {}) as store:
        ran = evaluate(root, store, judged)
        rows = result(store)
    assert len(ran) == 24
    assert judged.count == 12
    assert all(outcomes == {"hidden": "passed", "visible": "passed"} for *_, outcomes in rows)


@pytest.mark.parametrize("event", ["sampled", "judged"])
@pytest.mark.parametrize("count", [1, 3, 6])
@pytest.mark.usefixtures("committed_at_once")
def test_a_stopped_run_ends_like_an_uninterrupted_one(
    root: Path, tmp_path: Path, event: str, count: int
) -> None:
    with Store.create(tmp_path / "whole", {}) as store:
        evaluate(root, store, Silent())
        whole = result(store)
    with Store.create(tmp_path / "broken", {}) as store, pytest.raises(KeyboardInterrupt):
        evaluate(root, store, StopsAfter(event, count))
    with Store.open(tmp_path / "broken") as store:
        judged = sum(len(row["verdicts"]) for row in store.rows())
        ran = evaluate(root, store, Silent())
        assert result(store) == whole
        assert len(ran) == 22 - judged  # 12 with the update, 10 of them also without
        assert evaluate(root, store, Silent()) == []  # nothing is left to do
