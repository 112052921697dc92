"""What every sandbox owes: the same verdicts for the same programs."""

from __future__ import annotations

import pytest

from codeupdate.sandbox import Sandbox
from codeupdate.types import Limits, Outcome, Program, UnitTest, Verdict

SHORT = Limits(cpu_seconds=1, wall_seconds=8)  # on a busy machine a CPU second takes long


def run(sandbox: Sandbox, source: str, *tests: str, **fields: object) -> Verdict:
    named = tuple(UnitTest(f"t{i}", test) for i, test in enumerate(tests))
    program = Program("p", "python", source, named, **fields)  # type: ignore[arg-type]
    return sandbox.submit(program).result(timeout=120)


def outcomes(verdict: Verdict) -> list[str]:
    return [test.outcome.value for test in verdict.tests]


def test_each_test_has_its_own_result(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox, "def f(x): return x + 1", "assert f(1) == 2", "assert f(1) == 3", "f(None)", "f(2)"
    )
    assert outcomes(verdict) == ["passed", "failed", "error", "passed"]
    assert verdict.outcome is Outcome.FAILED
    assert "AssertionError" in verdict.tests[1].message
    assert "TypeError" in verdict.tests[2].message
    assert "worker.py" not in verdict.tests[2].message


def test_tests_do_not_see_what_others_changed(sandbox: Sandbox) -> None:
    verdict = run(sandbox, "seen = []", "seen.append(1); assert seen == [1]", "assert seen == []")
    assert outcomes(verdict) == ["passed", "passed"]


@pytest.mark.parametrize("source", ["def f(:", "raise ValueError('no')", "import sys; sys.exit(0)"])
def test_a_program_that_does_not_load_fails_every_test(sandbox: Sandbox, source: str) -> None:
    verdict = run(sandbox, source, "pass", "pass")
    assert outcomes(verdict) == ["error", "error"]


def test_a_script_is_its_own_test(sandbox: Sandbox) -> None:
    assert run(sandbox, "if __name__ == '__main__':\n    print('hello')").stdout == "hello\n"
    assert run(sandbox, "assert 1 == 2").outcome is Outcome.FAILED


def test_the_order_is_prelude_watch_source_tests(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import math\ndef f(x): return math.twice(x)",
        "assert f(2) == 4",
        "assert f(3) == 6",
        prelude="import math\nmath.twice = lambda x: 2 * x",
        watch=("math.twice", "math.cos", "nowhere.at_all"),
    )
    assert verdict.passed
    assert verdict.calls == {"math.twice": 2, "math.cos": 0}


def test_only_completed_calls_are_counted(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import math\ntry:\n    math.sqrt(-1)\nexcept ValueError:\n    pass",
        "assert math.sqrt(4) == 2",
        watch=("math.sqrt",),
    )
    assert verdict.calls == {"math.sqrt": 1}


def test_classes_are_watched_and_stay_classes(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import fractions, itertools",
        "x = fractions.Fraction(1, 2)\n"
        "assert isinstance(x, fractions.Fraction)\n"
        "p = itertools.product([1], [2])\n"
        "assert isinstance(p, itertools.product) and list(p) == [(1, 2)]",
        watch=("fractions.Fraction", "itertools.product"),
    )
    assert verdict.passed, verdict.detail
    assert verdict.calls["itertools.product"] == 1


def test_whatever_is_watched_works_as_before(sandbox: Sandbox) -> None:
    prelude = (
        "import sys, types, functools, operator\n"
        "lib = sys.modules['lib'] = types.ModuleType('lib')\n"
        "class Thing:\n"
        "    def method(self, x): return (self, x)\n"
        "    @classmethod\n    def made(cls): return cls()\n"
        "    @staticmethod\n    def fixed(x): return x\n"
        "class New:\n    def __new__(cls, x): return object.__new__(cls)\n"
        "lib.Thing, lib.New, lib.Sub = Thing, New, type('Sub', (Thing,), {})\n"
        "lib.getter = operator.itemgetter(1)\n"
        "lib.table = {lib.getter: 'known'}\n"
        "def marked(x): return x\n"
        "marked.mark = 1\nlib.marked = marked\n"
    )
    test = (
        "thing = lib.Thing()\n"
        "assert thing.method(1) == (thing, 1) and lib.Thing.method(thing, 2) == (thing, 2)\n"
        "assert type(lib.Sub.made()) is lib.Sub and type(thing.made()) is lib.Thing\n"
        "assert thing.fixed(3) == lib.Thing.fixed(3) == 3\n"
        "assert isinstance(lib.New(1), lib.New)\n"
        "assert lib.getter('ab') == 'b' and isinstance(lib.getter, operator.itemgetter)\n"
        "assert lib.table[lib.getter] == 'known'\n"
        "assert lib.marked(1) == 1 and lib.marked.__name__ == 'marked' and lib.marked.mark == 1\n"
    )
    names = ("Thing.method", "Thing.made", "Thing.fixed", "New", "getter", "marked")
    watch = tuple(f"lib.{name}" for name in names)
    verdict = run(sandbox, "import lib, operator", test, prelude=prelude, watch=watch)
    assert verdict.passed, verdict.detail
    assert verdict.calls == dict(zip(watch, (2, 2, 2, 1, 1, 1), strict=True))


def test_files_are_there(sandbox: Sandbox) -> None:
    verdict = run(sandbox, "", "assert open('a/b.txt').read() == 'x'", files={"a/b.txt": "x"})
    assert verdict.passed, verdict.detail


@pytest.mark.parametrize(
    ("source", "outcome", "detail"),
    [
        ("while True: pass", "timeout", "CPU limit of 1 s"),
        ("import time; time.sleep(60)", "timeout", "wall limit of 8 s"),
        ("x = bytearray(10 << 30)", "memory", "MemoryError"),
        ("while True: print('x' * 1000)", "output", "output limit"),
        ("import os; os.abort()", "error", "SIGABRT"),
    ],
)
def test_limits_end_it_while_loading_and_in_a_test(
    sandbox: Sandbox, source: str, outcome: str, detail: str
) -> None:
    loading = run(sandbox, source, "pass", limits=SHORT)
    assert outcomes(loading) == [outcome]
    assert detail in loading.detail
    body = "".join(f"    {line}\n" for line in source.split("; "))
    in_test = run(sandbox, f"def f():\n{body}", "f()", "pass", limits=SHORT)
    assert outcomes(in_test)[0] == outcome
    if outcome != "output":  # that ends the whole program
        assert outcomes(in_test)[1] == "passed"


def test_a_program_of_many_processes_has_one_memory_limit(sandbox: Sandbox) -> None:
    source = (
        "import os, time\n"
        "for _ in range(4):\n"
        "    if not os.fork():\n"
        "        x = b'x' * (200 << 20)\n"
        "        time.sleep(30)\n"
        "time.sleep(30)\n"
    )
    limits = Limits(cpu_seconds=20, wall_seconds=20, memory=512 << 20)
    assert run(sandbox, source, limits=limits).outcome is Outcome.MEMORY


def test_memory_that_tests_share_with_the_program_counts_once(sandbox: Sandbox) -> None:
    source = "import time\nx = b'x' * (300 << 20)"
    limits = Limits(memory=512 << 20)
    verdict = run(sandbox, source, "time.sleep(0.3); assert x", "time.sleep(0.3)", limits=limits)
    assert verdict.passed, verdict.detail


def test_memory_shared_by_processes_is_limited_too(sandbox: Sandbox) -> None:
    source = (
        "import mmap, os, time\n"
        "for _ in range(4):\n"
        "    if not os.fork():\n"
        "        shared = mmap.mmap(-1, 200 << 20)\n"
        "        shared.write(b'x' * (200 << 20))\n"
        "        time.sleep(30)\n"
        "time.sleep(30)\n"
    )
    limits = Limits(cpu_seconds=20, wall_seconds=20, memory=512 << 20)
    assert run(sandbox, source, limits=limits).outcome is Outcome.MEMORY


def test_tails_of_output_come_back(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import sys, os\nprint('a' * 10000 + 'end')\nos.write(2, b'\\xff!')",
        "pass",
    )
    assert verdict.stdout.endswith("end\n") and len(verdict.stdout) <= 4096
    assert verdict.stderr == "\N{REPLACEMENT CHARACTER}!"
    assert verdict.peak_memory > 1 << 20
    assert verdict.cpu_seconds > 0


def test_a_frozen_clock_shows_one_moment_and_waiting_takes_time(sandbox: Sandbox) -> None:
    verdict = run(
        sandbox,
        "import datetime, time\nfrom datetime import date, datetime as dt\n",
        "assert time.time() == time.time() == 1714564800\n"
        "assert date.today().isoformat() == '2024-05-01' and dt.now().hour == 12\n"
        "assert isinstance(dt.now(), date) and isinstance(dt(2020, 1, 1), dt)\n"
        "assert dt.now(datetime.timezone.utc).timestamp() == time.time()\n"
        "assert time.strftime('%Y') == '2024' and time.gmtime().tm_mon == 5\n"
        "class Day(date): pass\n"
        "assert not isinstance(date.today(), Day) and isinstance(Day(2024, 1, 1), date)\n"
        "began = time.monotonic(); time.sleep(0.05); assert time.monotonic() - began >= 0.05",
        "import time; assert time.localtime().tm_zone == 'UTC'",
        clock="2024-05-01T12:00:00",
    )
    assert verdict.passed, verdict


def test_a_seed_holds_in_every_test(sandbox: Sandbox) -> None:
    import random

    expected = random.Random(7).random()
    test = f"assert random.random() == {expected!r}"
    verdict = run(sandbox, "import random\nrandom.seed(7)", test, test, test)
    assert outcomes(verdict) == ["passed"] * 3, verdict.detail


def test_programs_find_the_same_surroundings_every_time(sandbox: Sandbox) -> None:
    source = (
        "import locale, os, sys, time\n"
        "print(hash('text'), list({'a', 'b', 'c', 'd'}), time.tzname,\n"
        "      sys.flags.hash_randomization, locale.getpreferredencoding(), sorted(os.environ),\n"
        "      os.getcwd(), os.listdir('.'), os.environ['HOME'], sys.argv, sys.path[:1])\n"
    )
    seen = {run(sandbox, source).stdout for _ in range(3)}
    assert len(seen) == 1, seen
    assert "UTC" in seen.pop()
