"""Test modules for unittest and pytest: one result for each test, the verdict of the framework."""

from __future__ import annotations

import pytest

from codeupdate.sandbox import Sandbox
from codeupdate.types import Framework, Limits, Outcome, Program, UnitTest, Verdict
from tests.sandbox.conftest import WITH_PYTEST

UNITTEST = """
import unittest
from solution import double

class TestDouble(unittest.TestCase):
    def test_one(self):
        self.assertEqual(double(1), 2)

    def test_text(self):
        for text in ("a", "b"):
            with self.subTest(text):
                self.assertEqual(double(text), 2 * text)

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()

    @unittest.expectedFailure
    def test_known(self):
        self.assertEqual(double(1), 3)
"""
PYTEST = """
import os, pytest
from solution import double

@pytest.mark.parametrize("number", [1, 2])
def test_numbers(number, tmp_path):
    (tmp_path / "x").write_text("x")
    assert double(number) == 2 * number

class TestText:
    def test_text(self):
        assert double("a") == "aa"

def test_raises():
    with pytest.raises(TypeError):
        double(None)
"""
RIGHT = "def double(x):\n    return x + x\n"
WRONG = "def double(x):\n    return x + x if isinstance(x, int) else x + None\n"


def run(
    sandbox: Sandbox, framework: Framework, module: str, source: str, **fields: object
) -> Verdict:
    environment = WITH_PYTEST if framework is Framework.PYTEST else "python"
    test = UnitTest("test_solution", module, framework)
    program = Program("p", environment, source, (test,), module="solution", **fields)  # type: ignore[arg-type]
    return sandbox.submit(program).result(timeout=180)


def results(verdict: Verdict) -> dict[str, str]:
    return {test.name: test.outcome.value for test in verdict.tests}


def test_unittest_modules(sandbox: Sandbox) -> None:
    right = run(sandbox, Framework.UNITTEST, UNITTEST, RIGHT)
    assert right.passed, right
    assert results(right) == {
        "TestDouble.test_known": "passed",
        "TestDouble.test_one": "passed",
        "TestDouble.test_skipped": "passed",
        "TestDouble.test_text": "passed",
    }
    wrong = run(sandbox, Framework.UNITTEST, UNITTEST, WRONG)
    assert wrong.outcome is Outcome.ERROR
    assert results(wrong)["TestDouble.test_text"] == "error"
    assert results(wrong)["TestDouble.test_one"] == "passed"
    assert "TypeError" in wrong.detail


def test_pytest_modules(sandbox: Sandbox) -> None:
    right = run(sandbox, Framework.PYTEST, PYTEST, RIGHT)
    assert right.passed, right
    assert results(right) == {
        "test_numbers[1]": "passed",
        "test_numbers[2]": "passed",
        "TestText.test_text": "passed",
        "test_raises": "passed",
    }
    wrong = run(sandbox, Framework.PYTEST, PYTEST, "def double(x):\n    return 4\n")
    assert wrong.outcome is Outcome.FAILED
    assert results(wrong) == {
        "test_numbers[1]": "failed",
        "test_numbers[2]": "passed",
        "TestText.test_text": "failed",
        "test_raises": "failed",
    }
    assert "assert 4 == " in wrong.detail


@pytest.mark.parametrize("framework", [Framework.UNITTEST, Framework.PYTEST])
@pytest.mark.parametrize(
    ("module", "outcome"),
    [
        ("import nowhere", "error"),
        ("x = 1", "error"),
        ("def broken(:", "error"),
        ("from solution import double\nassert double(1) == 3", None),
    ],
)
def test_modules_without_a_test_that_ran_do_not_pass(
    sandbox: Sandbox, framework: Framework, module: str, outcome: str | None
) -> None:
    verdict = run(sandbox, framework, module, RIGHT)
    assert verdict.outcome in {Outcome.ERROR, Outcome.FAILED}
    if outcome:
        assert verdict.outcome.value == outcome


@pytest.mark.parametrize("framework", [Framework.UNITTEST, Framework.PYTEST])
def test_what_was_told_before_a_timeout_is_kept(sandbox: Sandbox, framework: Framework) -> None:
    module = (
        "import time, unittest\n"
        "class TestIt(unittest.TestCase):\n"
        "    def test_a(self): pass\n"
        "    def test_b(self): time.sleep(60)\n"
    )
    verdict = run(sandbox, framework, module, RIGHT, limits=Limits(wall_seconds=4))
    assert verdict.outcome is Outcome.TIMEOUT and verdict.limit == "wall"
    assert results(verdict) == {"TestIt.test_a": "passed", "test_solution": "timeout"}


def test_the_candidate_is_a_file_beside_its_tests(sandbox: Sandbox) -> None:
    module = (
        "import inspect, os, unittest, solution\n"
        "class TestIt(unittest.TestCase):\n"
        "    def test_it(self):\n"
        "        assert os.path.exists('solution.py') and os.path.exists('test_solution.py')\n"
        "        assert 'x + x' in inspect.getsource(solution.double)\n"
        "        assert solution.__name__ == 'solution'\n"
    )
    verdict = run(sandbox, Framework.UNITTEST, module, RIGHT)
    assert verdict.passed, verdict.detail
