"""A strategy of several turns in a run: stored whole, continued after a stop, never half."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Subject, plan_stages
from codeupdate.evaluation.store import Store
from codeupdate.models.answers import reference
from codeupdate.strategies import load_strategy
from codeupdate.tasks import load_task
from codeupdate.types import Outcome, Program, Sampling, Verdict
from tests.evaluation.test_pipeline import (
    NoEditor,
    PlainProcesses,
    Silent,
    StopsAfter,
    result,
    root,
)

__all__ = ["root"]


class Broken(PlainProcesses):
    """Fails us for one problem."""

    def _run(self, program: Program) -> Verdict:
        if program.id == "p1":
            return Verdict(program.id, Outcome.INFRASTRUCTURE, detail="no machine")
        return super()._run(program)


class Listening(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def debuggable(root: Path) -> Path:
    folder = root / "tasks" / "sums"
    with (folder / "task.yaml").open("a") as file:
        file.write("shown: updated\n")
    (folder / "strategies").mkdir()
    (folder / "strategies" / "self-debug.jinja").write_text("It failed: {{ error }}")
    return root


def evaluate(
    root: Path, store: Store, listener: Silent, sandbox: type[PlainProcesses] = PlainProcesses
) -> None:
    task = load_task("sums", include=[root])
    stages = plan_stages(
        "none", Subject(task.problems(), task.updates()), protocol="single", edits=False
    )
    with sandbox() as opened:
        pipeline = Pipeline(
            prompt="prompt",
            strategy=load_strategy("self-debug"),
            sampling=Sampling(n=2),
            execution=Execution(
                tasks={"sums": task}, sandbox=opened, store=store, listener=listener
            ),
        )
        pipeline.run(reference(task.problems()), NoEditor(), stages, ())


def turns(run: Path) -> list[tuple[str, int, str]]:
    with sqlite3.connect(run / "run.sqlite") as connection:
        return connection.execute(
            "SELECT problem, turn, prompt FROM turns ORDER BY problem, turn"
        ).fetchall()


def test_what_was_said_is_kept_where_more_was_said_than_the_answer(
    debuggable: Path, tmp_path: Path
) -> None:
    with Store.create(tmp_path / "run", {}) as store:
        evaluate(debuggable, store, Silent())
        assert len(result(store)) == 12
    found = turns(tmp_path / "run")
    assert [(problem, turn) for problem, turn, _ in found] == [("p3", 0), ("p3", 1), ("p3", 2)]
    assert "It failed: " in found[1][2] and "It failed: " not in found[0][2]


@pytest.mark.parametrize(("event", "count"), [("sampled", 1), ("sampled", 4), ("judged", 5)])
@pytest.mark.usefixtures("committed_at_once")
def test_a_stopped_run_ends_like_an_uninterrupted_one(
    debuggable: Path, tmp_path: Path, event: str, count: int
) -> None:
    with Store.create(tmp_path / "whole", {}) as store:
        evaluate(debuggable, store, Silent())
        whole = result(store)
    with Store.create(tmp_path / "broken", {}) as store, pytest.raises(KeyboardInterrupt):
        evaluate(debuggable, store, StopsAfter(event, count))
    with Store.open(tmp_path / "broken") as store:
        evaluate(debuggable, store, Silent())
        assert result(store) == whole
    assert turns(tmp_path / "broken") == turns(tmp_path / "whole")


def test_a_question_that_met_our_failure_stays_open(debuggable: Path, tmp_path: Path) -> None:
    listener = Listening()
    with Store.create(tmp_path / "run", {}) as store:
        evaluate(debuggable, store, listener, Broken)
        assert {row[0] for row in result(store)} == {"p0", "p2", "p3", "p4", "p5"}
        assert any("no machine" in note for note in listener.notes)
        evaluate(debuggable, store, Silent())
        assert len(result(store)) == 12
