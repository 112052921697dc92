"""CodeUpdateArena: references pass with the update, none passes without it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codeupdate.errors import DataError
from codeupdate.tasks import load_task
from codeupdate.types import Program, Sample
from tests.shared import shared_data

# What needs no pinned library and no preload: a rename in itertools deletes a name that
# other modules import later, so those wait for the environment that imports them first.
STANDARD = {"math", "re"}


def passes(program: Program) -> bool:
    parts = [program.prelude, program.source, *(test.source for test in program.tests)]
    done = subprocess.run(
        [sys.executable, "-"], input="\n".join(parts), text=True, capture_output=True, timeout=60
    )
    return done.returncode == 0


def test_references_pass_with_the_update_and_none_without() -> None:
    task = load_task("codeupdatearena", shared_data("codeupdatearena/arena.jsonl"))
    assert len(task.updates()) == 96
    assert len(task.problems()) == 391
    programs = []
    for problem in task.problems():
        assert problem.update is not None
        if task.updates()[problem.update].package not in STANDARD:
            continue
        prompt = task.prompt(problem, "prompt")
        found = task.extract(problem, prompt, Sample(0, 0, problem.reference, 0, 0, "stop"))
        programs.append([check.program for check in task.checks(problem, found.code)])
    assert len(programs) > 100
    with ThreadPoolExecutor(2) as threads:
        updated = list(threads.map(passes, [pair[0] for pair in programs]))
        outdated = list(threads.map(passes, [pair[1] for pair in programs]))
    assert [pair[0].id for pair, passed in zip(programs, updated, strict=True) if not passed] == []
    assert [pair[0].id for pair, passed in zip(programs, outdated, strict=True) if passed] == []


def test_documentation_is_shown_only_when_given() -> None:
    task = load_task("codeupdatearena", shared_data("codeupdatearena/arena.jsonl"))
    problem = task.problems()[0]
    update = task.updates()[problem.update or ""]
    assert update.documentation not in task.prompt(problem, "prompt").text
    assert update.documentation in task.prompt(problem, "prompt", [update]).text


def test_a_row_without_an_update_is_named(tmp_path: Path) -> None:
    (tmp_path / "arena.jsonl").write_text('{"problem": "?"}')
    with pytest.raises(DataError, match="line 1: there is no field 'update'"):
        load_task("codeupdatearena", tmp_path / "arena.jsonl").problems()


def test_what_each_arm_teaches() -> None:
    arena = load_task("codeupdatearena", shared_data("codeupdatearena/arena.jsonl"))
    for problem in arena.problems()[:40]:
        own = arena.updates()[problem.update or ""]
        assert arena.lesson(problem, "own") == own
        assert arena.lesson(problem, "other").api != own.api
        plain, documented = (
            arena.lesson(problem, teach) for teach in ("siblings", "documented-siblings")
        )
        assert plain == arena.lesson(problem, "siblings")  # the same ones every time
        for lesson, shows in ((plain, False), (documented, True)):
            assert len(lesson.examples) == 2
            for example in lesson.examples:
                assert problem.fields["question"] not in example.prompt
                assert (own.documentation in example.prompt) == shows
                assert "[PYTHON]" in example.completion


def test_the_arms_of_the_benchmark_are_planned_per_problem_or_per_update() -> None:
    from codeupdate.evaluation.config import run_config
    from codeupdate.evaluation.prepare import prepare

    data = {"codeupdatearena": str(shared_data("codeupdatearena/arena.jsonl"))}
    arms = ("base", "prepend", "ft-u", "ft-ps", "ft-u+ps", "ft-u+ps-prepend", "random-ft")
    config = run_config(tasks=["codeupdatearena"], editors=arms, data=data, limit=9)
    planned = {arm.arm.editor: arm for arm in prepare(config).arms}
    updates = len({q.problem.update for s in planned["base"].stages for q in s.questions})
    edits = {name: sum(bool(s.updates) for s in arm.stages) for name, arm in planned.items()}
    assert edits["base"] == 0
    assert edits["prepend"] == edits["ft-u"] == updates
    assert edits["ft-ps"] == edits["ft-u+ps"] == edits["ft-u+ps-prepend"] == 9
