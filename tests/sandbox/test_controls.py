"""Controls: tests that have to fail are made from tests that pass, and only such."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.sandbox import Sandbox
from codeupdate.sandbox.controls import control_of
from codeupdate.types import Framework, Outcome, Program, UnitTest, Verdict


def program(source: str, *tests: str) -> Program:
    return Program("p", "python", source, tuple(UnitTest(f"t{i}", t) for i, t in enumerate(tests)))


@given(
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()) | st.binary()
)
def test_an_altered_expectation_is_not_met_by_what_met_the_first(value: object) -> None:
    control = control_of(program("", f"assert f() == {value!r}"))
    assert control is not None
    with pytest.raises(AssertionError):
        exec(control.source, {"f": lambda: value})


@pytest.mark.parametrize(
    "test",
    [
        "x = f()\nassert x == 1",
        "assert f() != 1",
        "if f() == 2:\n    assert f() == 1",
        "def check():\n    return\n    assert f() == 1\ncheck()",
        "def check():\n    assert f() == 1\n",
        "try:\n    assert f() == 1\nexcept AssertionError:\n    pass",
        "for x in []:\n    assert f() == 1",
        "print 'old Python'",
        pytest.param("assert f() == " + "-" * 20_000 + "1", id="no parser can follow it"),
        pytest.param(f"assert f() == 1\nassert {'1+' * 400}1", id="too deep to be written again"),
        pytest.param(f"assert f() == {'9' * 4300}", id="too long to be altered"),
    ],
)
def test_what_may_not_be_reached_is_not_altered(test: str) -> None:
    control = control_of(program("", test))
    assert control is not None and control.source == "assert 1 == 2"


@pytest.mark.parametrize(
    ("test", "altered"),
    [
        ("def check(g):\n    assert g() == 'x'\ncheck(f)", "g() == 'x~'"),
        ("assert abs(f(2) - 0.5) < 1e-06", "abs(f(2) - 8.5) < 1e-06"),
        ("assert math.isclose(f(), 1.0)", "isclose(f(), 10.0)"),
        ("numpy.testing.assert_allclose(f(), [1.0])", "assert_allclose(f(), [1.0, 7])"),
    ],
)
def test_what_is_compared_with_a_call_is_altered(test: str, altered: str) -> None:
    control = control_of(program("", test))
    assert control is not None and altered in control.source


@pytest.mark.parametrize(
    "test",
    ["assert abs(f() - 3) < 20", "assert math.isclose(f(), 1, rel_tol=30)", "assert f() < 5"],
)
def test_what_would_be_met_all_the_same_is_not_altered(test: str) -> None:
    control = control_of(program("", test))
    assert control is not None and control.source == "assert 1 == 2"


def test_of_a_module_one_test_is_kept_and_altered() -> None:
    module = (
        "import unittest\nfrom candidate import f\n"
        "class Base(unittest.TestCase):\n    def setUp(self): self.x = 1\n"
        "class TestF(Base):\n"
        "    def test_a(self):\n        self.assertTrue(f(1))\n"
        "    def test_b(self):\n        self.assertEqual(f(self.x), 2)\n"
    )
    test = UnitTest("test_candidate", module, Framework.UNITTEST)
    control = control_of(Program("p", "python", "", (test,)))
    assert control is not None
    assert "test_a" not in control.source and "setUp" in control.source
    assert "self.assertEqual(f(self.x), 13)" in control.source


def test_judging_apart_needs_none() -> None:
    assert control_of(Program("p", "python", "", (UnitTest("t", ""),), apart=("f",))) is None


def run(sandbox: Sandbox, source: str, *tests: str) -> Verdict:
    return sandbox.submit(program(source, *tests)).result(timeout=60)


def test_a_tampered_judgement_does_not_pass(sandbox: Sandbox) -> None:
    """The machinery of assertions is replaced: everything is reported as passed."""
    verdict = run(
        sandbox,
        "import builtins\n"
        "real = compile\n"
        "builtins.compile = lambda source, *rest, **named: real('pass', *rest, **named)\n"
        "for kind in object.__subclasses__():\n"
        "    if kind.__name__ == 'Loaded':\n"
        "        kind._attempt = lambda self, *rest, **named: ('passed', b'')\n"
        "def f(): return 0",
        "assert f() == 1",
    )
    assert verdict.outcome is Outcome.ERROR
    assert "has to fail" in verdict.detail


def test_a_result_that_equals_everything_does_not_pass(sandbox: Sandbox) -> None:
    source = "class Yes:\n    def __eq__(self, other): return True\ndef f(): return Yes()"
    verdict = run(sandbox, source, "assert f() == 1")
    assert verdict.outcome is Outcome.ERROR and "has to fail" in verdict.detail


@pytest.mark.parametrize(
    ("test", "passes"),
    [
        ("import sys; sys.exit(0)", True),
        ("import unittest; unittest.main()", True),
        ("import sys; sys.exit(1)", False),
        ("leave()", False),
    ],
)
def test_a_test_may_end_as_a_script_does_and_a_candidate_may_not(
    sandbox: Sandbox, test: str, passes: bool
) -> None:
    verdict = run(sandbox, "import sys\ndef leave(): sys.exit(0)", test)
    assert verdict.passed == passes, verdict


@pytest.mark.parametrize(
    ("source", "test"),
    [
        ("def f(): return 1", "assert f() == 1"),
        ("counter = iter([1])\ndef f(): return next(counter)", "assert f() == 1"),
        ("def f(): return {'a': [1.5]}", "def check(g):\n    assert g() == {'a': [1.5]}\ncheck(f)"),
        ("import collections, dataclasses, enum, logging, typing, functools\n"
         "P = collections.namedtuple('P', 'x')\n"
         "@dataclasses.dataclass\nclass D:\n    x: int = 0\n"
         "class E(enum.Enum):\n    A = 1\n"
         "logging.getLogger(__name__).warning('hello')\n"
         "@functools.lru_cache\ndef f(): return P(D().x).x", "assert f() == 0"),
    ],
)  # fmt: skip
def test_honest_programs_raise_no_suspicion(sandbox: Sandbox, source: str, test: str) -> None:
    verdict = run(sandbox, source, test)
    assert verdict.passed and verdict.suspicions == (), verdict


def test_frameworks_have_their_controls() -> None:
    for framework in (Framework.UNITTEST, Framework.PYTEST):
        test = UnitTest("t", "def test_x(): pass", framework)
        control = control_of(Program("p", "python", "", (test,)))
        assert control is not None and "test_it" in control.source
