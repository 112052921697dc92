"""ClassEval: the rules of its harness, its references, and recorded outputs sample by sample."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import DataError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from codeupdate.sandbox import Sandbox, load_environment, open_sandbox
from codeupdate.sandbox.store import is_built
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Framework, Outcome, Problem, Sample, TestResult, Verdict
from tests.shared import sandbox_or_skip, shared_data
from tests.tasks import classeval_by_the_rules as rules

#: Why the reference of a class does not pass; the data card tells more.
DEFECTS = {
    "ClassEval_48": "expects the name of its author's machine",
    "ClassEval_52": "needs nltk's corpora, which no package brings",
    "ClassEval_69": "one of its test classes has no tests",
}
#: Asked for method by method, these lack methods that their tests call.
UNLISTED = {"ClassEval_25", "ClassEval_49"}
OUTPUTS = ("holistic_5", "holistic_greedy", "incremental_greedy", "compositional_greedy")

ROW: dict[str, Any] = {
    "task_id": "ClassEval_x",
    "skeleton": 'class Twice:\n    """Doubles."""\n\n    def __init__(self, by):\n        self.by = by\n',
    "import_statement": ["import math"],
    "class_name": "Twice",
    "class_description": '    """\n    Doubles.\n    """\n',
    "class_constructor": "class Twice: \n    def __init__(self, by):\n        self.by = by\n\n",
    "solution_code": "class Twice:\n    def __init__(self, by):\n        self.by = by\n",
    "test_classes": ["TwiceTestDouble", " TwiceTestMain"],
    "test": "import unittest\n\nclass TwiceTestDouble(unittest.TestCase):\n    pass\n",
    "methods_info": [
        {"method_name": "double", "method_description": 'def double(self):\n        """Do."""'},
        {"method_name": "half", "method_description": 'def half(x):\n        """Do."""'},
    ],
}


def task_of(tmp_path: Path, **changed: Any) -> FolderTask:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([{**ROW, **changed}]))
    return load_task("classeval", path)


def code_of(task: FolderTask, text: str, problem: Problem | None = None) -> tuple[str, str]:
    problem = problem or task.problems()[0]
    found = task.extract(problem, task.prompt(problem, "prompt"), Sample(0, 0, text, 0, 0, "stop"))
    return found.code, found.outcome


# --------------------------------------------------------------------------- the rules


@pytest.mark.parametrize(
    ("text", "code", "outcome"),
    [
        ("a\n```python\nclass A: pass\n```\n```\nclass B: pass\n```", "class A: pass\n", "fenced"),
        ("```\nclass A: pass", "class A: pass", "unclosed"),
        ("### Instruction:\nclass B\n### Response:\nclass A: pass", "class A: pass", "code"),
        ("[INST] class B [/INST] x\nclass A: pass", "class A: pass", "code"),
        ("Sure.\nimport re\nHere:\nclass A: pass\nBye", "import re\nclass A: pass\nBye", "code"),
        ("Sure:\n  class A:\n    x = 1", "class A:\n  x = 1", "code"),
        ("I cannot.", "I cannot.", "none"),
        (
            "<think>```python\nclass Draft: pass\n```</think>\n```python\nclass A: pass\n```",
            "class A: pass\n",
            "fenced",
        ),
        ("class Draft: pass</think>class A: pass", "class A: pass", "code"),
        ("<think>\nclass Draft: pass", "<think>\nclass Draft: pass", "none"),
    ],
)
def test_the_class_in_an_answer(tmp_path: Path, text: str, code: str, outcome: str) -> None:
    assert code_of(task_of(tmp_path), text) == (code, outcome)


def test_methods_are_static_where_their_first_line_says_so(tmp_path: Path) -> None:
    written = (
        "class A:\n"
        "    @staticmethod\n    def f(self, x): pass\n"
        "    def g(x): pass\n"
        "    @classmethod\n    def h(cls): pass\n"
        "        def i(): pass\n"
    )
    mended = (
        "class A:\n"
        "    def f(self, x): pass\n"
        "    @staticmethod\n    def g(x): pass\n"
        "    @classmethod\n    def h(cls): pass\n"
        "        def i(): pass\n"
    )
    assert code_of(task_of(tmp_path), written)[0] == mended


def test_every_test_class_is_a_test(tmp_path: Path) -> None:
    task = task_of(tmp_path)
    (problem,) = task.problems()
    (check,) = task.checks(problem, "class Twice: pass")
    assert [test.name for test in check.program.tests] == ["TwiceTestDouble", "TwiceTestMain"]
    assert {test.framework for test in check.program.tests} == {Framework.UNITTEST}
    assert check.program.source == "import math\nclass Twice: pass\n"
    assert check.program.limits.cpu_seconds == 20


def test_a_test_class_succeeds_when_its_tests_ran_and_none_failed(tmp_path: Path) -> None:
    task = task_of(tmp_path)
    (problem,) = task.problems()

    def measured(*tests: tuple[str, str]) -> dict[str, float]:
        results = tuple(TestResult(name, Outcome(outcome)) for name, outcome in tests)
        verdict = Verdict("p", Outcome.FAILED, results)
        return dict(task.measures(problem, "", {"updated": verdict}))

    double, main = "fun/TwiceTestDouble", "fun/TwiceTestMain"
    good = ("TwiceTestDouble.test_a", "passed")
    assert measured(good, ("TwiceTestMain.test_a", "passed")) == {double: 1, main: 1, "class": 1}
    assert measured(good, ("TwiceTestMain.test_a", "failed")) == {double: 1, main: 0, "class": 0}
    assert measured(good, ("TwiceTestMain", "timeout")) == {double: 1, main: 0, "class": 0}
    assert measured(("TwiceTestDouble", "passed"), good)[main] == 0  # nothing ran
    assert measured(good, ("TwiceTestDouble", "timeout"))[double] == 0


# ------------------------------------------------------------------- method by method


@pytest.mark.parametrize(
    "answer",
    [
        "```python\n    def half(x):\n        return x / 2\n```",
        "```python\nclass Twice:\n    def double(self): pass\n\n    def half(x):\n        return x / 2\n```",
        "Here:\ndef half(x):\n    return x / 2\nThat is all.",
        '        return x / 2\n\n    def other(self):\n        """',
        "<think>\ndef half(x):\n    return x\n</think>\ndef half(x):\n    return x / 2",
    ],
)
def test_a_method_is_found_in_every_shape_of_answer(tmp_path: Path, answer: str) -> None:
    task: Any = task_of(tmp_path)
    code = task.step_code(task.problems()[0], "half", answer)
    assert code.startswith("    def half(x):\n")
    assert code.endswith("        return x / 2")


@pytest.mark.parametrize(
    "answer",
    [
        "<think>```python\ndef half(x):\n    return x / 2\n```",  # it never got to an answer
        "-" * 20_000,  # for Python's parser, memory runs out
        "        return " + "-" * 20_000,
    ],
    ids=["thoughts", "signs", "signs in a body"],
)
def test_an_answer_without_the_method_has_none(tmp_path: Path, answer: str) -> None:
    task: Any = task_of(tmp_path)
    code = task.step_code(task.problems()[0], "half", answer)
    assert "return x" not in code
    assert code == "" or code.endswith("-")


def test_a_step_shows_what_its_strategy_lets_it_see(tmp_path: Path) -> None:
    task: Any = task_of(tmp_path)
    (problem,) = task.problems()
    assert task.steps(problem) == ["double", "half"]
    written = {"double": "    def double(self):\n        return 2"}
    shown = task.step_prompt(problem, "incremental", "half", written).text
    assert "return 2" in shown and "def half(x)" in shown
    alone = task.step_prompt(problem, "compositional", "half", {}).text
    assert "    def double(self):\n        ..." in alone and "def half(x)" in alone
    assert alone.rstrip().endswith('"""Do."""')
    whole = task.assemble(problem, {**written, "half": "    def half(x):\n        return x"})
    assert code_of(task, whole)[1] == "code"
    compile(whole, "twice", "exec")


# ------------------------------------------------------------------------------ the data


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"skeleton": None}, "row 1: there is no text 'skeleton'"),
        ({"test_classes": "x"}, "row 1: there is no list 'test_classes'"),
        ({"methods_info": [{"method_name": "x"}]}, "a method has no text 'method_description'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        task_of(tmp_path, **changed).problems()


def test_a_file_that_is_not_the_data_is_named(tmp_path: Path) -> None:
    for content, said in (("{}", "is not the JSON list"), ("[", "cannot be read")):
        (tmp_path / "data.json").write_text(content)
        with pytest.raises(DataError, match=said):
            load_task("classeval", tmp_path / "data.json").problems()


@pytest.fixture(scope="module")
def sandbox() -> Any:
    shared_data("classeval")
    sandbox_or_skip("local")
    if not is_built(load_environment("classeval")):
        pytest.skip("the environment is not built; run: codeupdate sandbox build classeval")
    with open_sandbox("local", workers=2, environments=["classeval"]) as opened:
        yield opened


def real_task() -> FolderTask:
    return load_task("classeval", shared_data("classeval/ClassEval_data.json"))


def test_its_size_is_the_published_one() -> None:
    problems = real_task().problems()
    assert len(problems) == 100
    assert sum(len(real_task().steps(problem)) for problem in problems) == 410  # type: ignore[attr-defined]
    assert sum(len(problem.tests) for problem in problems) == 502


@pytest.mark.parametrize("strategy", ["direct", "incremental"])
def test_the_references_pass_except_those_whose_cause_is_named(
    sandbox: Sandbox, strategy: str
) -> None:
    """Method by method, the reference is taken apart and put together again."""
    task: Any = real_task()
    running: dict[str, Future[Verdict]] = {}
    for problem in task.problems():
        text = problem.reference
        if strategy == "incremental":
            parts = {s: task.step_code(problem, s, text) for s in task.steps(problem)}
            text = task.assemble(problem, parts)
        (check,) = task.checks(problem, code_of(task, text, problem)[0])
        running[problem.id] = sandbox.submit(check.program)
    failed = {name for name, verdict in running.items() if not verdict.result().passed}
    assert failed == set(DEFECTS) | (UNLISTED if strategy == "incremental" else set())


def replayed(sandbox: Sandbox, output: str, every: int) -> None:
    """Every so many completions of a published file, by the task and by the rules."""
    task = real_task()
    rows = {row["task_id"]: row for row in json.loads((task.data or Path()).read_text())}
    problems = {problem.id: problem for problem in task.problems()}
    outputs = json.loads(shared_data(f"classeval/outputs/gpt-3.5_{output}.json").read_text())
    completions = [(one["task_id"], text) for one in outputs for text in one["predict"]]
    running = []
    for name, text in completions[::every]:
        problem = problems[name]
        (check,) = task.checks(problem, code_of(task, text, problem)[0])
        scripts = rules.scripts_of(rows[name], text)
        running.append(
            (
                problem,
                sandbox.submit(check.program),
                {n: sandbox.submit(s) for n, s in scripts.items()},
            )
        )
    for problem, verdict, others in running:
        found = task.measures(problem, "", {"updated": verdict.result()})
        expected = {name: rules.succeeded(other.result()) for name, other in others.items()}
        assert {f"fun/{name}": told for name, told in expected.items()} == {
            name: told for name, told in found.items() if name != "class"
        }, problem.id
        assert found["class"] == all(expected.values())


@pytest.mark.parametrize("output", OUTPUTS)
def test_some_recorded_outputs_get_the_verdicts_of_the_rules(sandbox: Sandbox, output: str) -> None:
    replayed(sandbox, output, every=11)


@pytest.mark.slow
@pytest.mark.parametrize("output", OUTPUTS)
def test_all_recorded_outputs_get_the_verdicts_of_the_rules(sandbox: Sandbox, output: str) -> None:
    replayed(sandbox, output, every=1)


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_published_outputs_are_recorded_answers(output: str) -> None:
    data = shared_data("classeval/ClassEval_data.json")
    path = shared_data(f"classeval/outputs/gpt-3.5_{output}.json")
    prepared = prepare(
        run_config(model=f"recorded:{path}", tasks=("classeval",), data={"classeval": str(data)})
    )
    assert prepared.notes == ()
