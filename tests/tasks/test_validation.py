"""A sound task has no faults; each fault is found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import SandboxUnavailable, UsageError
from codeupdate.sandbox import open_sandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.scaffold import scaffold
from codeupdate.tasks.validation import Validated, Validation, validate
from codeupdate.types import Outcome, Program, TestResult, Verdict


class PlainProcesses:
    """Runs each test with a plain interpreter: enough for programs of our own."""

    name = "plain"

    def __init__(self, broken: str = "") -> None:
        self._threads = ThreadPoolExecutor(2)
        self._broken = broken

    def __enter__(self) -> PlainProcesses:
        return self

    def __exit__(self, *exception: object) -> None:
        self._threads.shutdown()

    def submit(self, program: Program) -> Future[Verdict]:
        return self._threads.submit(self._run, program)

    def _run(self, program: Program) -> Verdict:
        if program.id == self._broken:
            return Verdict(program.id, Outcome.INFRASTRUCTURE, detail="no worker")
        results = []
        for test in program.tests:
            source = "\n".join([program.prelude, program.source, test.source])
            done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
            outcome = Outcome.ERROR if done.returncode else Outcome.PASSED
            results.append(TestResult(test.name, outcome, done.stderr.strip().split("\n")[-1]))
        failed = [result for result in results if result.outcome is not Outcome.PASSED]
        outcome = failed[0].outcome if failed else Outcome.PASSED
        detail = failed[0].message if failed else ""
        return Verdict(program.id, outcome, tuple(results), detail)


def check(
    task: FolderTask, sandbox: Any, heard: Callable[[Validated], None] = lambda _: None
) -> Validation:
    with sandbox:
        return validate(task, task.problems(), sandbox, heard)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return scaffold("mine", tmp_path)


def mine(folder: Path) -> FolderTask:
    return load_task("mine", include=[folder.parents[1]])


def rewrite(path: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Change the first row of a file of JSON lines."""
    first, *rest = path.read_text().splitlines()
    row = json.loads(first)
    path.write_text("\n".join([json.dumps(change(row) or row), *rest]) + "\n")


def test_a_new_task_is_sound(folder: Path) -> None:
    heard: list[str] = []
    found = check(mine(folder), PlainProcesses(), lambda one: heard.append(one.problem))
    assert found.faults == ()
    assert found.passed == 2
    assert [problem.problem for problem in found.problems] == ["volume", "all-within"]
    assert sorted(heard) == ["all-within", "volume"]
    assert [problem.discriminating for problem in found.compared] == [2, 2]
    assert found.weak == ()


def test_a_new_task_is_sound_in_the_real_sandbox(folder: Path) -> None:
    try:
        with open_sandbox("local", workers=2):
            pass
    except SandboxUnavailable as reason:
        pytest.skip(str(reason))
    found = check(mine(folder), open_sandbox("local", workers=2))
    assert found.faults == ()
    assert [problem.discriminating for problem in found.compared] == [2, 2]


def test_a_wrong_reference_is_named_with_its_failure(folder: Path) -> None:
    rewrite(folder / "problems.jsonl", lambda row: {**row, "reference": "    return 1 / 0\n"})
    found = check(mine(folder), PlainProcesses())
    (fault,) = found.faults
    assert (fault.problem, fault.what, fault.outcome) == ("volume", "reference", Outcome.ERROR)
    assert "ZeroDivisionError" in fault.message
    assert found.passed == 1
    assert len(found.compared) == 1  # what does not pass is not run without the update


def test_a_reference_that_needs_no_update_is_named(folder: Path) -> None:
    reference = "    return max(0, min(x, 11))\n"
    rewrite(folder / "problems.jsonl", lambda row: {**row, "reference": reference})
    found = check(mine(folder), PlainProcesses())
    assert [(f.problem, f.what) for f in found.faults] == [("volume", "update")]
    assert found.passed == 2
    assert found.weak == ("volume",)


def test_tests_that_pass_without_the_update_do_not_count(folder: Path) -> None:
    def with_an_idle_test(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "tests": [row["tests"][0], {"name": "idle", "source": "assert True"}]}

    rewrite(folder / "problems.jsonl", with_an_idle_test)
    found = check(mine(folder), PlainProcesses())
    assert found.faults == ()
    assert found.problems[0].discriminating == 1
    assert found.weak == ("volume",)


def test_a_prompt_that_asks_for_an_unknown_field_is_named(folder: Path) -> None:
    rewrite(folder / "problems.jsonl", lambda row: {**row, "fields": {"parameters": "x"}})
    found = check(mine(folder), PlainProcesses())
    (fault,) = found.faults
    assert (fault.problem, fault.what) == ("volume", "prompt")
    assert "question" in fault.message
    assert found.passed == 1


def test_a_prompt_that_hides_the_documents_is_named(folder: Path) -> None:
    (folder / "prompt.jinja").write_text("import math\ndef {{ problem.entry_point }}(x):\n")
    found = check(mine(folder), PlainProcesses())
    assert {(f.problem, f.what) for f in found.faults} >= {
        ("volume", "prompt"),
        ("all-within", "prompt"),
    }


@pytest.mark.parametrize(("broken", "compared"), [("volume", 1), ("volume/outdated", 1)])
def test_a_failure_of_the_sandbox_is_not_the_task_s(
    folder: Path, broken: str, compared: int
) -> None:
    found = check(mine(folder), PlainProcesses(broken))
    (fault,) = found.faults
    assert (fault.problem, fault.what, fault.message) == ("volume", "infrastructure", "no worker")
    assert len(found.compared) == compared


def test_a_task_without_updates_is_run_once(folder: Path) -> None:
    (folder / "updates.jsonl").unlink()
    (folder / "task.yaml").write_text("name: mine\nsummary: x\ndata: {problems: problems.jsonl}\n")
    rows = [json.loads(line) for line in (folder / "problems.jsonl").read_text().splitlines()]
    for row in rows:
        row["update"] = None
        row["reference"] = row["reference"].replace("math.clamp(", "sorted([").replace(")", "])[1]")
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = check(mine(folder), PlainProcesses())
    assert found.faults == ()
    assert found.compared == ()


def test_more_problems_than_are_in_flight(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "problems.jsonl").read_text().splitlines()]
    many = [{**rows[0], "id": f"p{i}"} for i in range(300)]
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in many))

    class Instant(PlainProcesses):
        def _run(self, program: Program) -> Verdict:
            outdated = program.id.endswith("outdated")
            return Verdict(program.id, Outcome.ERROR if outdated else Outcome.PASSED)

    found = check(mine(folder), Instant())
    assert [problem.problem for problem in found.problems] == [f"p{i}" for i in range(300)]
    assert found.faults == ()


def test_a_scaffold_overwrites_nothing_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    folder = scaffold("mine", tmp_path)
    (folder / "README.md").write_text("my own")
    with pytest.raises(UsageError, match="exists already"):
        scaffold("mine", tmp_path)
    assert (folder / "README.md").read_text() == "my own"
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["", "Mine", "a/b", "../x", "-a", "a_b"])
def test_a_name_that_is_none_for_a_task_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        scaffold(name, tmp_path)
    assert list(tmp_path.iterdir()) == []
