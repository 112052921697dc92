"""Programs that are wrong and want to pass.

Judged apart, none does. In one process with its tests a program can do anything, so there the
promise is a weaker one: it fails, or what it did is among the suspicions of the verdict.
"""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.sandbox.environments import Environment
from codeupdate.types import Framework, Limits, Outcome, Program, UnitTest, Verdict
from tests.sandbox.attacks import Attack, attacks

LIMITS = Limits(cpu_seconds=2, wall_seconds=3, memory=512 << 20)
PAIRS = (("first", "123457", "987643"), ("last", "223457", "887643"))
RIGHT = "def f(x): return 1111100 - x"

#: Those that pass in one process with the tests and are not noticed, and why not.
UNSEEN = {
    "equal_to_plausible_things": "what a class equals is its own affair",
    "equal_once": "a control comes last, when a cheat may already be over",
    "reporter_and_control": "a control comes last, when a cheat may already be over",
    "end_of_an_iteration": "in plain Python such a test holds as well",
    "file_of_a_library": "a control alters only literals that a call is compared with",
    "import_hook": "a control alters only literals that a call is compared with",
}

MODULES = {
    Framework.UNITTEST: """
import unittest
from candidate import f

class Tests(unittest.TestCase):
    def test_a(self):
        self.assertEqual(f(123457), 987643)

    def test_b(self):
        self.assertEqual(f(223457), 887643)
""",
    Framework.PYTEST: """
from candidate import f

def test_a():
    assert f(123457) == 987643

def test_b():
    assert f(223457) == 887643
""",
}


def is_fooled(verdict: Verdict) -> bool:
    return verdict.passed and not verdict.suspicions


def plain(attack: Attack) -> tuple[UnitTest, ...]:
    test = attack.parts.get("test", "assert f(GIVEN) == EXPECTED")
    return tuple(
        UnitTest(name, test.replace("GIVEN", given).replace("EXPECTED", expected))
        for name, given, expected in PAIRS
    )


@pytest.mark.parametrize("attack", attacks("cheat"), ids=str)
def test_judged_apart_no_cheat_passes(sandbox: Sandbox, attack: Attack) -> None:
    program = Program("p", "python", attack.source, plain(attack), limits=LIMITS, apart=("f",))
    verdict = sandbox.submit(program).result(timeout=120)
    outcomes = {test.outcome for test in verdict.tests}
    assert outcomes.isdisjoint({Outcome.PASSED, Outcome.INFRASTRUCTURE}), verdict


@pytest.mark.parametrize("attack", attacks("cheat"), ids=str)
def test_judged_together_a_cheat_fails_or_is_seen(sandbox: Sandbox, attack: Attack) -> None:
    program = Program("p", "python", attack.source, plain(attack), limits=LIMITS)
    verdict = sandbox.submit(program).result(timeout=120)
    assert verdict.outcome is not Outcome.INFRASTRUCTURE, verdict
    assert not is_fooled(verdict) or attack.name in UNSEEN, verdict


def test_what_is_right_passes_both_ways_and_is_not_suspected(sandbox: Sandbox) -> None:
    for apart in ((), ("f",)):
        tests = plain(Attack("right", "", RIGHT, {}))
        program = Program("p", "python", RIGHT, tests, apart=apart)
        verdict = sandbox.submit(program).result(timeout=120)
        assert verdict.passed and verdict.suspicions == (), verdict


ANSWERS = """
import os, stat, struct

def f(x):
    for number in range(3, 40):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                for body in {bodies!r}:
                    os.write(number, struct.pack("<Q", len(body) + {error}) + body)
        except OSError:
            pass
"""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["int", "list", "dict", "set", "bytes", "complex", "tuple", "x"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=50) | st.builds(
    lambda *fields: json.dumps(
        dict(zip(("result", "arguments", "raised", "text"), fields, strict=True))
    ).encode(),
    *(VALUES, VALUES),
    *(st.sampled_from(sorted(vars(builtins))) | VALUES, VALUES),
)


@settings(
    max_examples=int(os.environ.get("CODEUPDATE_FUZZ", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(bodies=st.lists(BODIES, min_size=1, max_size=3), error=st.sampled_from([0, 0, 0, 1, -1]))
def test_whatever_is_answered_it_does_not_pass(
    sandbox: Sandbox, bodies: list[bytes], error: int
) -> None:
    source = ANSWERS.format(bodies=bodies, error=error)
    limits = Limits(cpu_seconds=2, wall_seconds=1, memory=512 << 20)
    tests = plain(Attack("", "", source, {}))
    program = Program("p", "python", source, tests, limits=limits, apart=("f",))
    verdict = sandbox.submit(program).result(timeout=120)
    outcomes = {test.outcome for test in verdict.tests}
    assert outcomes.isdisjoint({Outcome.PASSED, Outcome.INFRASTRUCTURE}), verdict
    assert verdict.outcome is not Outcome.INFRASTRUCTURE, verdict


# ------------------------------------------------------------------------ test modules


ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # most of what pytest takes is for plugins


@pytest.fixture(scope="module")
def frameworks(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox with pytest; unittest is loaded beforehand in one environment of two."""
    packages = Path(pytest.__file__).parents[1]
    environments = {
        "unittest": Environment("unittest"),
        "unittest loaded": Environment("unittest loaded", preload=("unittest",)),
        "pytest": Environment("pytest", variables=ALONE, paths=(packages,), preload=("pytest",)),
        "pytest with plugins": Environment("pytest with plugins", paths=(packages,)),
    }
    with open_sandbox(sandbox.name, workers=1, derived=environments) as opened:
        yield opened


def judge_module(sandbox: Sandbox, source: str, framework: Framework, environment: str) -> Verdict:
    limits = Limits(cpu_seconds=10, wall_seconds=20, memory=512 << 20)
    test = UnitTest("tests", MODULES[framework], framework)
    program = Program("p", environment, source, (test,), limits=limits)
    return sandbox.submit(program).result(timeout=120)


@pytest.mark.parametrize("environment", ["unittest", "unittest loaded"])
@pytest.mark.parametrize("attack", attacks("cheat_unittest"), ids=str)
def test_unittest_is_not_fooled_unseen(
    frameworks: Sandbox, attack: Attack, environment: str
) -> None:
    verdict = judge_module(frameworks, attack.source, Framework.UNITTEST, environment)
    assert verdict.outcome is not Outcome.INFRASTRUCTURE, verdict
    assert not is_fooled(verdict) or f"unittest {attack.name}" in UNSEEN, verdict


@pytest.mark.parametrize("attack", attacks("cheat_pytest"), ids=str)
def test_pytest_is_not_fooled_unseen(frameworks: Sandbox, attack: Attack) -> None:
    environment = "pytest with plugins" if "plugins" in attack.parts else "pytest"
    verdict = judge_module(frameworks, attack.source, Framework.PYTEST, environment)
    assert verdict.outcome is not Outcome.INFRASTRUCTURE, verdict
    assert not is_fooled(verdict) or f"pytest {attack.name}" in UNSEEN, verdict


@pytest.mark.parametrize("framework", MODULES)
def test_what_is_right_passes_in_modules_too(frameworks: Sandbox, framework: Framework) -> None:
    verdict = judge_module(frameworks, RIGHT, framework, framework.value)
    assert verdict.passed and verdict.suspicions == (), verdict
    assert [test.outcome for test in verdict.tests] == [Outcome.PASSED, Outcome.PASSED]
