"""Every task through the same contract: what it says, asks, judges and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from codeupdate.editing import load_editor
from codeupdate.errors import DataError, SandboxUnavailable
from codeupdate.plugins import bundled
from codeupdate.sandbox import NoSandbox, load_environment, open_sandbox
from codeupdate.sandbox.store import is_built
from codeupdate.tasks import FolderTask, load_task, task_folders
from codeupdate.tasks.validation import validate
from codeupdate.types import Environment, Problem, Sample
from tests.shared import sandbox_or_skip, shared_data
from tests.tasks import test_canitedit, test_code_change, test_codesync, test_repobench_edit

SAMPLED = 4  # problems of a task


def rows_of(rows: Sequence[dict[str, Any]]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def real(name: str) -> Callable[[Path], Path]:
    return lambda _: shared_data(name)


@dataclass(frozen=True)
class Case:
    """``data`` writes or finds data of a task; None where it brings them. ``file`` is what
    its data are read from, where that is in a folder."""

    data: Callable[[Path], Path] | None = None
    file: str = ""


CASES = {
    "canitedit": Case(rows_of(test_canitedit.ROWS)),
    "classeval": Case(real("classeval/ClassEval_data.json")),
    "code-change": Case(rows_of(test_code_change.ROWS)),
    "codesync": Case(rows_of(test_codesync.PUBLISHED)),
    "codeupdatearena": Case(real("codeupdatearena/arena.jsonl")),
    "edits": Case(file="one/problem.yaml"),
    "gitchameleon": Case(real("gitchameleon"), "dataset.jsonl"),
    "humaneval": Case(real("humaneval/HumanEval.jsonl.gz")),
    "kit-base": Case(file="problems.jsonl"),
    "kit-update": Case(file="problems.jsonl"),
    "repobench-edit": Case(rows_of([test_repobench_edit.ROW])),
    "versions": Case(file="library/one/problem.yaml"),
}
#: A data card says all of this.
HEADINGS = ("## Data", "## Rules", "## Known defects", "## Figures")
BUNDLED = [name for name, folder in task_folders().items() if folder.parents[1] == bundled()]

each_task = pytest.mark.parametrize("name", BUNDLED)


@pytest.fixture
def task(name: str, tmp_path: Path) -> FolderTask:
    data = CASES[name].data
    return load_task(name, data(tmp_path) if data else None)


def sample(task: FolderTask) -> list[Problem]:
    """A few problems, evenly spread, the first of them at least."""
    problems = list(task.problems())
    step = max(1, len(problems) // SAMPLED)
    return problems[::step][:SAMPLED]


def test_every_task_has_a_case() -> None:
    assert sorted(CASES) == sorted(BUNDLED)


@each_task
def test_it_says_what_it_is(name: str) -> None:
    spec = load_task(name).spec
    assert spec.summary.endswith((".", ")")) and len(spec.summary) <= 120
    assert spec.licence and spec.source and spec.family
    for arm in spec.arms.values():
        load_editor(arm.editor, **arm.settings)
    if spec.environment:
        load_environment(spec.environment)
    if spec.specificity:
        assert spec.specificity.task in BUNDLED


@each_task
def test_its_data_card_is_complete(name: str) -> None:
    card = (task_folders()[name] / "README.md").read_text()
    assert card.startswith(f"# {name}\n")
    missing = [heading for heading in HEADINGS if not re.search(rf"^{heading}$", card, re.M)]
    assert not missing, f"the data card of {name} lacks {', '.join(missing)}"


@each_task
def test_every_prompt_of_every_arm_is_rendered(name: str, task: FolderTask) -> None:
    lessons = {arm.teach for arm in task.spec.arms.values()} or {"own"}
    for problem in sample(task):
        documents = [task.lesson(problem, teach) for teach in lessons] if problem.update else []
        for prompt in task.templates.names():
            bare = task.prompt(problem, prompt)
            assert bare.problem == problem.id
            assert bare.text.strip() and bare.messages
            for message in bare.messages:
                assert message.content.strip()
                assert message.role in {"system", "user", "assistant"}
            for update in documents:
                shown = task.prompt(problem, prompt, [update])
                assert shown != bare and shown.text != bare.text


@each_task
def test_the_same_data_are_the_same_task(name: str, task: FolderTask) -> None:
    again = load_task(name, task.data)
    assert again.fingerprint == task.fingerprint
    assert [problem.id for problem in again.problems()] == [p.id for p in task.problems()]


@each_task
def test_its_problems_are_whole(name: str, task: FolderTask) -> None:
    derived = task.environments()
    for problem in sample(task):
        assert problem.task == name
        assert isinstance(task.kind(problem), str)
        answer = Sample(0, 0, problem.reference, 0, 0, "stop")
        found = task.extract(problem, task.prompt(problem, "prompt"), answer)
        assert found.outcome != "none"
        checks = task.checks(problem, found.code)
        assert bool(checks) == bool(problem.environment)
        assert len({check.program.id for check in checks}) == len(checks)
        names = [check.name for check in checks]
        assert all(check.needs is None or check.needs in names for check in checks)
        if task.spec.decisive and checks:
            assert task.spec.decisive in names
        for check in checks:
            environment = check.program.environment
            assert environment in derived or load_environment(environment)
        if not checks:
            assert set(task.measures(problem, found.code, {})) <= set(task.spec.measures)


@each_task
def test_references_of_a_sample_are_right(name: str, task: FolderTask) -> None:
    derived = task.environments()

    def built(environment: str) -> bool:
        found: Environment = derived.get(environment) or load_environment(environment)
        try:
            return is_built(found)
        except SandboxUnavailable:
            return False

    problems = [p for p in sample(task) if not p.environment or _all_built(task, p, built)]
    if not problems:
        pytest.skip(f"the environments of {name} are not built: codeupdate sandbox build")
    if not any(problem.environment for problem in problems):
        found = validate(task, problems, NoSandbox(), lambda _: None)
    else:
        sandbox_or_skip("local")
        with open_sandbox("local", workers=1, derived=derived) as box:
            found = validate(task, problems, box, lambda _: None)
    assert found.faults == ()


def _all_built(task: FolderTask, problem: Problem, built: Callable[[str], bool]) -> bool:
    return all(
        built(check.program.environment) for check in task.checks(problem, problem.reference)
    )


@each_task
def test_what_is_no_row_is_named(name: str, tmp_path: Path) -> None:
    """Something that is not even JSON or YAML, and an object that says nothing."""
    file = tmp_path / "data" / (CASES[name].file or "rows.jsonl")
    file.parent.mkdir(parents=True)
    data = tmp_path / "data" if CASES[name].file else file
    for broken in ("{oops: [", "{}\n"):
        file.write_text(broken)
        with pytest.raises(DataError) as raised:
            load_task(name, data).problems()
        assert str(file) in str(raised.value)


@each_task
def test_data_that_are_not_there_are_asked_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path))  # nothing is downloaded
    if CASES[name].data is None:
        assert load_task(name).problems()
    else:
        with pytest.raises(DataError, match="--data PATH"):
            load_task(name).problems()
