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
    assert control is not None and control.altered
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
    ],
)
def test_what_may_not_be_reached_is_not_altered(test: str) -> None:
    control = control_of(program("", test))
    assert control is not None and not control.altered
    with pytest.raises(AssertionError):
        exec(control.source, {})


def test_a_function_that_is_called_is_altered_inside() -> None:
    control = control_of(program("", "def check(g):\n    assert g() == 'x'\ncheck(f)"))
    assert control is not None and control.altered and "'x~'" in control.source


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
        "        kind._attempt = lambda self, action, **named: ('passed', b'')\n"
        "def f(): return 0",
        "assert f() == 1",
    )
    assert verdict.outcome is Outcome.ERROR
    assert "has to fail" in verdict.detail


def test_a_result_that_equals_everything_is_suspicious(sandbox: Sandbox) -> None:
    source = "class Yes:\n    def __eq__(self, other): return True\ndef f(): return Yes()"
    verdict = run(sandbox, source, "assert f() == 1")
    assert verdict.passed
    assert any("wrong on purpose" in what for what in verdict.suspicions)


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
        assert control is not None and control.framework is framework
