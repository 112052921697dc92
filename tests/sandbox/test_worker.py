"""The worker on every Python that is installed: the same verdicts on all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.interpreters import find_interpreter
from codeupdate.sandbox.local import LocalSandbox
from codeupdate.types import Limits, Outcome, Program, UnitTest, Verdict

VERSIONS = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def sandbox(version: str) -> Iterator[LocalSandbox]:
    try:
        interpreter = find_interpreter(version)
        environment = Environment(
            "old", python=version, preload=("json", "decimal"), variables={"MINE": "1"}
        )
        ready = ReadyEnvironment(environment, interpreter.executable, interpreter.prefix)
        with LocalSandbox(lambda name: ready, workers=1) as opened:
            yield opened
    except SandboxUnavailable as error:
        pytest.skip(str(error))


def run(sandbox: LocalSandbox, source: str, *tests: str, **fields: object) -> Verdict:
    named = tuple(UnitTest(f"t{i}", test) for i, test in enumerate(tests))
    program = Program("p", "old", source, named, **fields)  # type: ignore[arg-type]
    return sandbox.submit(program).result(timeout=120)


def test_it_is_that_python_with_what_was_asked_for(sandbox: LocalSandbox, version: str) -> None:
    verdict = run(
        sandbox,
        "import os, sys\nprint('%d.%d' % sys.version_info[:2], 'decimal' in sys.modules)\n"
        "assert os.environ['MINE'] == os.environ['OMP_NUM_THREADS'] == '1'",
    )
    assert verdict.passed, verdict.detail
    assert verdict.stdout == f"{version} True\n"


def test_outcomes(sandbox: LocalSandbox) -> None:
    verdict = run(
        sandbox,
        "import os, time\ndef f(x): return x",
        "assert f(1) == 1",
        "assert f(1) == 2",
        "f()",
        "os._exit(0)",
        "while True: pass",
        "time.sleep(60)",
        "bytearray(10 << 30)",
        "def broken(:",
        "f(1)",
        limits=Limits(cpu_seconds=1, wall_seconds=2),
    )
    assert [test.outcome.value for test in verdict.tests] == [
        "passed",
        "failed",
        "error",
        "error",
        "timeout",
        "timeout",
        "memory",
        "error",
        "passed",
    ]
    assert verdict.outcome is Outcome.FAILED
    assert "assert f(1) == 2" in verdict.detail


def test_watched_calls(sandbox: LocalSandbox) -> None:
    verdict = run(
        sandbox,
        "import math, fractions\nmath.gcd(4, 6)",
        "assert math.gcd(4, 6) == 2 and fractions.Fraction(1, 2) < 1",
        "from fractions import Fraction\nassert Fraction.from_float(0.5) == Fraction(1, 2)",
        watch=("math.gcd", "fractions.Fraction.limit_denominator", "math.gone", "gone.away"),
    )
    assert verdict.passed, verdict.detail
    assert verdict.calls["math.gcd"] >= 2
    assert "math.gone" not in verdict.calls and "gone.away" not in verdict.calls
