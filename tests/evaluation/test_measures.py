"""Tasks that measure: without anything to run, and beside verdicts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import codeupdate as cu
from codeupdate.errors import DataError
from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage, SampleRow
from codeupdate.evaluation.results import ArmResult, read_result
from codeupdate.evaluation.store import Store
from codeupdate.report import export, headline, notes
from codeupdate.types import Arm, Outcome, Verdict
from tests.report.test_html import samples

ADAPTER = """
from codeupdate.tasks import FolderTask
from codeupdate.tasks.schema import read_jsonl
from codeupdate.types import Extraction, Problem


class Task(FolderTask):
    def load_problems(self):
        path = self.folder / "rows.jsonl"
        return [
            Problem(row["id"], self.name, row, "", row["text"], (), "")
            for _, row in read_jsonl(path)
        ]

    def extract(self, problem, prompt, sample):
        return Extraction(sample.text.strip(), "text")

    def checks(self, problem, code):
        return ()

    def measures(self, problem, code, verdicts):
        same = float(code == problem.fields["text"])
        return {"exact": same, "%s": abs(len(code) - len(problem.fields["text"]))}
"""
YAML = """
name: echo
summary: Say it again.
decisive: null
measures: {exact: {passes: true}, distance: {better: lower}}
"""


def texts(root: Path, second: str = "distance") -> Path:
    folder = root / "tasks" / "echo"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(YAML)
    (folder / "task.py").write_text(ADAPTER % second)
    (folder / "prompt.jinja").write_text("Say: {{ text }}\n")
    rows = [{"id": f"p{i}", "text": "la" * i} for i in range(1, 5)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def evaluate(root: Path, model: str, name: str, **more: Any) -> cu.Evaluation:
    return cu.evaluate(
        model, "echo", include=[root], output=root / name, progress=False, n=1, **more
    )


def recorded(root: Path, answers: Sequence[str]) -> str:
    path = root / "answers.jsonl"
    rows = [{"task_id": f"p{i}", "completion": text} for i, text in enumerate(answers, start=1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"recorded:{path}"


@pytest.fixture
def no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a sandbox was opened")

    monkeypatch.setattr("codeupdate.evaluation.engines.open_sandbox", refuse)


@pytest.mark.usefixtures("no_sandbox")
def test_a_task_that_runs_nothing_is_measured_everywhere(tmp_path: Path) -> None:
    root = texts(tmp_path)
    perfect = evaluate(root, "reference", "perfect").result.results[0]
    assert {name: found.value for name, found in perfect.metrics.items()} == {
        "exact_pass@1": 1.0,
        "distance": 0.0,
        "extraction_failures": 0.0,
        "truncations": 0.0,
        "context_overflows": 0.0,
    }
    assert perfect.outcomes == {"measured": 4}
    assert perfect.measures == {"exact_pass@1": "higher", "distance": "lower"}

    evaluation = evaluate(root, recorded(root, ["la", "la", "la", "la" * 4]), "run")
    result = evaluation.result
    assert result.provenance["sandbox"] == "none"
    assert (result.failures, result.unknown) == (0, 0)
    [arm] = result.results
    assert (arm.metrics["exact_pass@1"].value, arm.metrics["distance"].value) == (0.5, 1.5)
    assert json.loads(json.dumps(result.to_json()))["results"][0]["measures"]["distance"] == "lower"
    assert list(notes(result)) == []
    assert "reaches 50.0 % exact_pass@1 on echo" in headline(result)

    file = io.StringIO()
    Console(file=file, width=100).print(evaluation.table())
    assert "exact_pass@1" in file.getvalue() and "150.0 %" in file.getvalue()
    evaluation.to_html(root / "page.html")
    assert "exact_pass@1" in (root / "page.html").read_text()
    assert any("distance: 4.000" in text for text in samples(root / "page.html")["texts"])
    assert set(evaluation.to_pandas()["metric"]) >= {"exact_pass@1", "distance"}
    assert export(evaluation.run, "csv", root / "rows.csv") == 4
    with (root / "rows.csv").open() as rows:
        row = next(row for row in csv.DictReader(rows) if row["problem"] == "p3")
    assert (row["outcome"], json.loads(row["measures"])) == (
        "measured",
        {"exact": 0, "distance": 4},
    )


@pytest.mark.usefixtures("no_sandbox")
def test_what_is_not_measured_yet_is_unknown_and_measured_after_a_resume(tmp_path: Path) -> None:
    root = texts(tmp_path)
    run = evaluate(root, "reference", "run").run
    with Store.open(run) as store:
        store._connection.execute("DELETE FROM measures WHERE problem = 'p2'")
        store._connection.execute("DELETE FROM samples WHERE problem = 'p3'")
        store._connection.execute("DELETE FROM measures WHERE problem = 'p3'")
    broken = read_result(run)
    assert broken.unknown == 2
    assert broken.results[0].outcomes == {"measured": 2, "unknown": 2}
    assert broken.results[0].metrics["exact_pass@1"].value is None
    assert broken.results[0].metrics["distance"].value is None

    from codeupdate.evaluation.engines import EngineOptions
    from codeupdate.evaluation.evaluate import evaluate as run_evaluation
    from codeupdate.evaluation.evaluate import resumed
    from codeupdate.evaluation.prepare import prepare
    from codeupdate.report.progress import progress_display

    prepared = prepare(resumed(run))
    with progress_display(prepared.samples, shown=False) as display:
        whole = run_evaluation(prepared, listener=display, engine=EngineOptions(), resume=run)
    assert whole.unknown == 0
    assert whole.results[0].metrics["exact_pass@1"].value == 1.0


def test_a_measure_has_to_be_declared(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"measures 'length' = .*task.yaml names it"):
        evaluate(texts(tmp_path, second="length"), "reference", "run")


@pytest.mark.parametrize("value", ["-1.0", "None", "'2'", "float('nan')", "[1.0]"])
def test_a_measure_has_to_be_a_number_from_0_on(tmp_path: Path, value: str) -> None:
    root = texts(tmp_path)
    adapter = root / "tasks" / "echo" / "task.py"
    adapter.write_text(adapter.read_text().replace('"exact": same', f'"exact": {value}'))
    said = f"measures 'exact' = {eval(value)!r} of problem 'p1'; a measure is a number from 0 on"
    with pytest.raises(DataError, match=re.escape(said)):
        evaluate(root, "reference", "run")


def test_what_measures_is_a_mapping(tmp_path: Path) -> None:
    root = texts(tmp_path)
    adapter = root / "tasks" / "echo" / "task.py"
    adapter.write_text(adapter.read_text().replace('return {"exact"', 'unused = {"exact"'))
    with pytest.raises(DataError, match="measures None of problem 'p1'; 'measures' returns a map"):
        evaluate(root, "reference", "run")


def test_a_task_without_a_check_and_without_measures_says_nothing(tmp_path: Path) -> None:
    root = texts(tmp_path)
    (root / "tasks" / "echo" / "task.yaml").write_text("name: echo\nsummary: x\ndecisive: null\n")
    with pytest.raises(DataError, match="a decisive check, or measures"):
        evaluate(root, "reference", "run")


# ------------------------------------------------------------------ beside verdicts

EDITED = Arm("m", "lora")


def run_with_coverage(folder: Path) -> tuple[ArmResult, ...]:
    """Two arms, three problems; what passed is measured, under the check ``coverage``."""
    measures = [{"name": "excess", "better": "lower"}]
    declared = {"measures": measures, "measuring": ["coverage"]}
    config = {"k": [1], "provenance": {}, "tasks": {"t": declared}}
    judged = {Arm("m"): (0.5, None, 0.5), EDITED: (0.25, 1.5, None)}
    with Store.create(folder, config) as store:
        for arm, excesses in judged.items():
            questions = tuple(PlannedQuestion("efficacy", "t", p, p) for p in "abc")
            store.add_plan([PlannedStage(arm.editor, "t", arm, arm is EDITED, 1, questions)])
            for problem, excess in zip("abc", excesses, strict=True):
                item = Item(arm.editor, "efficacy", "t", problem, 0)
                store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4)])
                outcome = Outcome.FAILED if excess is None else Outcome.PASSED
                store.add_verdict(item, "updated", Verdict("p", outcome))
                if excess is not None:
                    store.add_verdict(item, "coverage", Verdict("p", Outcome.PASSED))
                store.add_measures(item, {} if excess is None else {"excess": excess})
    return read_result(folder).results


def test_a_check_that_measures_is_no_verdict(tmp_path: Path) -> None:
    none, lora = run_with_coverage(tmp_path / "run")
    assert not [name for name in none.metrics if name.startswith("coverage")]
    assert none.metrics["excess"].value == 0.5
    assert lora.metrics["excess"].value == 0.875
    assert lora.metrics["pass@1"].value == pytest.approx(2 / 3)
    assert none.measures == {"excess": "lower"}


def test_arms_are_compared_on_what_both_have_and_less_may_be_better(tmp_path: Path) -> None:
    run_with_coverage(tmp_path / "run")
    found = {c.metric: c for c in read_result(tmp_path / "run").comparisons}["excess"]
    assert found.questions == 1  # only a was solved by both
    assert found.difference.value == -0.25
    assert (found.flips.positive, found.flips.negative) == (1, 0)


def test_a_verdict_without_its_measures_is_unknown(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_with_coverage(folder)
    assert read_result(folder).unknown == 0
    with Store.open(folder) as store:
        store._connection.execute("DELETE FROM measures WHERE problem = 'a'")
    broken = read_result(folder)
    assert broken.unknown == 2
    assert broken.results[0].outcomes == {"passed": 1, "failed": 1, "unknown": 1}


def test_an_unrelated_problem_of_a_task_that_measures_nothing_is_known(tmp_path: Path) -> None:
    declared = {"measures": [{"name": "excess"}], "measuring": []}
    config = {"k": [1], "provenance": {}, "tasks": {"t": declared}}
    with Store.create(tmp_path / "run", config) as store:
        items = [
            Item("none", "efficacy", "t", "a", 0),
            Item("none", "specificity", "other", "b", 0),
        ]
        questions = tuple(PlannedQuestion(i.role, i.task, i.problem, i.problem) for i in items)
        store.add_plan([PlannedStage("none", "t", Arm("m"), False, 1, questions)])
        for item in items:
            store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4)])
            store.add_verdict(item, "updated", Verdict("p", Outcome.PASSED))
        store.add_measures(items[0], {"excess": 1.0})
    assert read_result(tmp_path / "run").unknown == 0


def test_the_parts_of_a_measure_are_compared(tmp_path: Path) -> None:
    measures = [{"name": "fun", "passes": True, "parts": True}]
    config = {
        "k": [1],
        "provenance": {},
        "tasks": {"t": {"measures": measures, "measuring": []}},
    }
    judged = {Arm("m"): (1.0, 0.0, 0.0), EDITED: (1.0, 1.0, 1.0)}
    with Store.create(tmp_path / "run", config) as store:
        for arm, values in judged.items():
            questions = tuple(PlannedQuestion("efficacy", "t", p, p) for p in "ab")
            store.add_plan([PlannedStage(arm.editor, "t", arm, arm is EDITED, 1, questions)])
            parts = dict(zip(("fun/x", "fun/y", "fun/z"), values, strict=True))
            for problem in "ab":
                item = Item(arm.editor, "efficacy", "t", problem, 0)
                store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4)])
                store.add_verdict(item, "updated", Verdict("p", Outcome.FAILED))
                store.add_measures(item, parts)
    found = {one.metric: one for one in read_result(tmp_path / "run").comparisons}
    assert found["fun_pass@1"].difference.value == pytest.approx(2 / 3)
    assert found["fun_pass@1"].questions == 6
    # The parts of a problem hang together: its first one counts.
    assert (found["fun_pass@1"].flips.positive, found["fun_pass@1"].flips.negative) == (0, 0)
