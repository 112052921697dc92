"""Judging apart: tests call a candidate that is in another process, and plain data cross."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate import plugins
from codeupdate.sandbox import Sandbox
from codeupdate.types import Limits, Program, UnitTest, Verdict


def run(sandbox: Sandbox, source: str, *tests: str, **fields: Any) -> Verdict:
    named = tuple(UnitTest(f"t{number}", test) for number, test in enumerate(tests))
    program = Program("p", "python", source, named, apart=("f", "g"), **fields)
    return sandbox.submit(program).result(timeout=120)


def outcomes(verdict: Verdict) -> list[str]:
    return [test.outcome.value for test in verdict.tests]


def test_calls_results_exceptions_and_changed_arguments_cross(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import collections\n"
        "class Odd(ValueError): pass\n"
        "def f(*a, **k):\n    return a, k\n"
        "def g(x, y=None):\n"
        "    if x == 'raise': raise Odd('no')\n"
        "    x.append(1)\n"
        "    if y is not None: y['k'] = {1, 2}\n"
        "    return collections.namedtuple('P', 'a b')(1, True)",
        "assert f(1, None, 2.5, 'x', b'y', [1, (2,)], {3: {4}}, z=1j) == "
        "((1, None, 2.5, 'x', b'y', [1, (2,)], {3: {4}}), {'z': 1j})",
        "x, y = [], {}\nassert g(x, y=y) == (1, True)\nassert x == [1] and y == {'k': {1, 2}}",
        "try:\n    g('raise')\nexcept ValueError as error:\n    assert str(error) == 'no'\n"
        "else:\n    assert False",
        "assert g([]) == (1, False)",
    )
    assert outcomes(verdict) == ["passed", "passed", "passed", "failed"], verdict


def test_tests_do_not_see_what_others_changed(sandbox: Sandbox) -> None:
    source = "seen = []\ndef f(x):\n    seen.append(x)\n    return seen"
    verdict = run(sandbox, source, "assert f(1) == [1]", "assert f(2) == [2]", "assert f(3) == [3]")
    assert outcomes(verdict) == ["passed"] * 3


@pytest.mark.parametrize(
    ("source", "outcome", "said"),
    [
        ("def f(x): return object()", "error", "no plain data"),
        ("import os\ndef f(x): os._exit(0)", "error", "before it was done"),
        ("import sys\ndef f(x): sys.exit(0)", "error", "SystemExit"),
        ("def f(x):\n    while True: pass", "timeout", "CPU limit"),
        ("import time\ndef f(x): time.sleep(60)", "timeout", "wall limit"),
        ("def f(x): return bytearray(10 << 30)", "memory", "MemoryError"),
        ("def h(x): return 1", "error", "NameError"),
        ("import os\nos.closerange(3, 100)\ndef f(x): return 1", "error", ""),
        ("def f(x): return f(x)", "error", "RecursionError"),
        ("def f(x):\n    x = []\n    x.append(x)\n    return x", "error", "nested"),
    ],
)
def test_how_a_candidate_fails(sandbox: Sandbox, source: str, outcome: str, said: str) -> None:
    limits = Limits(cpu_seconds=1, wall_seconds=3 if "sleep" in source else 30)
    alone = run(sandbox, source, "assert f(1) == 1", limits=limits)
    assert outcomes(alone) == [outcome], alone
    assert said in alone.detail
    first = run(sandbox, source, "assert f(1) == 1", "pass", limits=limits)
    assert outcomes(first)[0] == outcome, first


def test_calls_are_counted_in_the_candidates_process(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import math\ndef f(x): return math.sqrt(x)",
        "assert f(4) == 2",
        "assert f(9) == 3",
        watch=("math.sqrt",),
    )
    assert verdict.passed and verdict.calls == {"math.sqrt": 2}


def test_the_candidate_has_neither_the_tests_nor_their_process(sandbox: Sandbox) -> None:
    """It looks through all of its objects, also before anything is asked."""
    source = (
        "import gc, sys, os\n"
        "def found():\n"
        "    return any(isinstance(o, (str, bytes)) and ('98' + '7654') in str(o)\n"
        "               for o in gc.get_objects() for o in ([o] if not isinstance(o, dict) else o.values()))\n"
        "early = found()\n"
        "def f(x):\n    return [early, found()]\n"
    )
    verdict = run(sandbox, source, "secret = '987654'\nassert f(1) == [False, False]")
    assert verdict.passed, verdict.detail


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner)
        | st.sets(st.integers() | st.text())
        | st.frozensets(st.integers())
    ),
    max_leaves=20,
)


@given(value=plain)
def test_plain_data_arrive_as_they_were_sent(value: object) -> None:
    remote = _remote()
    import json

    back = remote.from_plain(json.loads(json.dumps(remote.to_plain(value))))
    assert back == value
    assert type(back) is type(value)


def test_numbers_that_json_does_not_have() -> None:
    remote = _remote()
    assert math.isnan(remote.from_plain(remote.to_plain(math.nan)))
    assert remote.from_plain(remote.to_plain(10**5000)) == 10**5000


@pytest.mark.parametrize("value", [object(), len, iter([]), {1: object()}, [lambda: 1]])
def test_other_values_are_refused(value: object) -> None:
    remote = _remote()
    with pytest.raises(remote.NotPlain):
        remote.to_plain(value)


def _remote() -> Any:
    folder = str(plugins.folder("sandbox") / "worker")
    sys.path.insert(0, folder)
    try:
        import remote

        return remote
    finally:
        sys.path.remove(folder)
