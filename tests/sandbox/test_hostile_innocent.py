"""Programs that mean no harm: however they are judged, they pass and are suspected of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.sandbox.environments import Environment
from codeupdate.tasks import load_task
from codeupdate.types import Limits, Program, Sample, UnitTest
from tests.shared import shared_data

LIMITS = Limits(cpu_seconds=10, wall_seconds=20, memory=1 << 30)

#: Ordinary use of what looks at frames, code, memory or types for good reasons.
ORDINARY = {
    "namedtuple": """
from collections import namedtuple
from typing import NamedTuple
Point = namedtuple("Point", "x y")
class Pair(NamedTuple):
    x: int
    y: int = 2
def f(x): return Point(x, 1)._replace(y=2)._asdict()["y"] + Pair(x)[1] - 4 + x + sum(Pair(0, 0))
""",
    "dataclasses": """
from dataclasses import dataclass, field, asdict, replace
@dataclass(order=True, frozen=True)
class Point:
    x: int
    y: list = field(default_factory=list, compare=False)
def f(x): return asdict(replace(Point(0), x=x))["x"] if Point(1) < Point(2) == Point(2) else 0
""",
    "comparisons of its own": """
import functools
@functools.total_ordering
class Number:
    def __init__(self, value): self.value = value
    def __eq__(self, other): return isinstance(other, Number) and self.value == other.value
    def __lt__(self, other): return self.value < other.value
    def __hash__(self): return hash(self.value)
def f(x): return max(Number(x), Number(0)).value if len({Number(1), Number(1)}) == 1 else 0
""",
    "logging": """
import io, logging, warnings
log = logging.getLogger(__name__)
stream = io.StringIO()
logging.basicConfig(stream=stream, format="%(funcName)s %(lineno)d %(message)s")
def f(x):
    log.warning("seen %s", x, stack_info=True)
    warnings.warn("old", DeprecationWarning, stacklevel=2)
    return x if "f " in stream.getvalue() else 0
""",
    "enum": """
import enum
class Color(enum.Enum):
    RED = enum.auto()
    BLUE = enum.auto()
class Bits(enum.IntFlag):
    A = 1
    B = 2
Made = enum.Enum("Made", "X Y")
def f(x): return x if Color(1) is Color.RED and Bits.A | Bits.B == 3 and Made.X else 0
""",
    "typing and abc": """
import abc, typing
T = typing.TypeVar("T")
class Box(typing.Generic[T]):
    item: "T"
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...
class Square(Shape):
    def area(self) -> float: return 1.0
Sized = typing.TypedDict("Sized", {"x": int})
def f(x: int) -> int: return x if typing.get_type_hints(f)["x"] is int and Square().area() else 0
""",
    "functools and contextlib": """
import contextlib, functools
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
@contextlib.contextmanager
def here():
    yield 5
def decorated(function):
    @functools.wraps(function)
    def inner(*arguments): return function(*arguments)
    return inner
@decorated
def f(x):
    with here() as five, contextlib.suppress(KeyError), contextlib.ExitStack():
        return x if fib(10) == 55 and functools.partial(pow, 2)(five) == 32 else {}[1]
""",
    "exceptions": """
import traceback
def f(x):
    try:
        [][1]
    except IndexError as error:
        text = traceback.format_exc()
        try:
            raise ValueError("no") from error
        except ValueError:
            pass
    finally:
        pass
    return x if "IndexError" in text else 0
""",
    "generators and coroutines": """
import asyncio
def numbers():
    got = yield 1
    yield from range(got)
async def later(x):
    await asyncio.sleep(0)
    return x
def f(x):
    running = numbers()
    next(running)
    return asyncio.run(later(x)) if running.send(3) == 0 else 0
""",
    "threads and processes": """
import concurrent.futures, os, queue, subprocess, sys, threading
def f(x):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lambda n: n + 1, range(3)))
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    said = subprocess.run([sys.executable, "-c", "print(5)"], capture_output=True, text=True).stdout
    return x if parts == [1, 2, 3] and said == "5\\n" else 0
""",
    "multiprocessing": """
import multiprocessing
def double(n): return 2 * n
def f(x):
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=lambda: queue.put(double(2)))
    process.start()
    process.join()
    return x if queue.get() == 4 else 0
""",
    "evaluation of text": """
import ast, json, pickle, re, string
def f(x):
    place = {}
    exec("def g(n): return n + 1", place)
    compiled = eval(compile("1 + 1", "<sum>", "eval"))
    copied = pickle.loads(pickle.dumps([1, {2: (3,)}]))
    return x if place["g"](eval("2 * 3")) == 7 and compiled == 2 and copied[1][2] == (3,) else 0
""",
    "files and folders": """
import csv, os, pathlib, shutil, sqlite3, tempfile, zipfile
def f(x):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a" / "b.txt"
        path.parent.mkdir()
        path.write_text("hello")
        shutil.copy(path, "copy.txt")
        with zipfile.ZipFile("z.zip", "w") as archive:
            archive.write("copy.txt")
        base = sqlite3.connect("base.db")
        base.execute("create table if not exists t (n)")
        base.commit()
    return x if pathlib.Path("copy.txt").read_text() == "hello" and os.listdir(".") else 0
""",
    "classes of classes": """
class Meta(type):
    registry = []
    def __new__(cls, name, bases, body):
        made = super().__new__(cls, name, bases, body)
        cls.registry.append(made)
        return made
class Base(metaclass=Meta):
    __slots__ = ("value",)
    def __getattr__(self, name): return name
class Derived(Base):
    def __init_subclass__(cls, **named): super().__init_subclass__(**named)
def f(x): return x if Base().other == "other" and Meta.registry == [Base, Derived] else 0
""",
    "unittest and doctest": """
import doctest, unittest
def g(n):
    \"\"\"
    >>> g(1)
    2
    \"\"\"
    return n + 1
class Own(unittest.TestCase):
    def test_g(self): self.assertEqual(g(1), 2)
def f(x): return x
if __name__ == "__main__":
    unittest.main()
""",
    "introspection": """
import inspect, sys
def f(x: int = 1): return x if list(inspect.signature(f).parameters) == ["x"] and callable(f) else 0
assert sys.version_info and f.__name__ == "f" and f.__defaults__ == (1,)
""",
    "numpy": """
import numpy as np
rng = np.random.default_rng(0)
def f(x):
    matrix = np.arange(6).reshape(2, 3)
    assert np.linalg.norm(np.ones(4)) == 2 and (matrix @ matrix.T).shape == (2, 2)
    return int(np.array([x]).sum())
""",
    "main program": """
import argparse, random, sys, time
def f(x): return x
def main():
    argparse.ArgumentParser().parse_args([])
    random.seed(1)
    print(f(random.randint(1, 6)), time.time() > 0, file=sys.stderr)
if __name__ == "__main__":
    main()
""",
}


@pytest.fixture(scope="module")
def with_numpy(sandbox: Sandbox) -> Iterator[Sandbox]:
    packages = Path(numpy.__file__).parents[1]
    environments = {"numpy": Environment("numpy", paths=(packages,), preload=("numpy",))}
    with open_sandbox(sandbox.name, workers=1, derived=environments) as opened:
        yield opened


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_programs_are_not_suspected(with_numpy: Sandbox, name: str) -> None:
    tests = (UnitTest("first", "assert f(7) == 7"), UnitTest("last", "assert f(8) == 8"))
    for apart in ((), ("f",)):
        program = Program("p", "numpy", ORDINARY[name], tests, limits=LIMITS, apart=apart)
        verdict = with_numpy.submit(program).result(timeout=120)
        assert verdict.passed, verdict
        assert verdict.suspicions == (), verdict


def test_no_reference_of_humaneval_is_suspected(sandbox: Sandbox) -> None:
    task = load_task("humaneval", shared_data("humaneval/HumanEval.jsonl.gz"))
    programs = []
    for problem in task.problems():
        prompt = task.prompt(problem, "prompt")
        found = task.extract(problem, prompt, Sample(0, 0, problem.reference, 0, 0, "stop"))
        programs += [check.program for check in task.checks(problem, found.code)]
    assert len(programs) == 164
    for apart in (True, False):
        judged = [p if apart else replace(p, apart=()) for p in programs]
        verdicts = [future.result(timeout=300) for future in map(sandbox.submit, judged)]
        assert [v.program for v in verdicts if not v.passed] == []
        assert [(v.program, v.suspicions) for v in verdicts if v.suspicions] == []
