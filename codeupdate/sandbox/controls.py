"""Controls: tests that have to fail, run after a program has passed all of its own.

A candidate that shares a process with its tests can make them report what it likes. It is
asked once more, by the same way, about something that is false: where that passes too,
nothing that it reported is worth anything. Decided by the supervisor, outside of its process.

Best is one of its own tests with another expectation: ``assert f(2) == 4`` becomes
``assert f(2) == 5``. An answer that meets both equals whatever it is compared with.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from codeupdate.types import Framework, Program, UnitTest

__all__ = ["Control", "control_of"]

_UNITTEST = """
import unittest

class TestControl(unittest.TestCase):
    def test_control(self):
        self.assertEqual(1, 2)
"""
_PYTEST = "def test_control():\n    assert 1 == 2\n"
#: What an altered test ends with, so that it can be told which of the two failed.
_REACHED = "\nraise MemoryError('the altered expectation was met')\n"


@dataclass(frozen=True, slots=True)
class Control:
    """A test that has to end as ``failed``. ``altered``: as ``memory`` where the candidate
    met an expectation that was changed."""

    source: str
    framework: Framework = Framework.NONE
    altered: bool = False


def control_of(program: Program) -> Control | None:
    """The control for ``program``; none where its judge is another process."""
    if program.apart:
        return None
    if not program.tests:
        return Control("assert 1 == 2")
    return _control(min(program.tests, key=lambda test: len(test.source)))


@lru_cache(maxsize=4096)  # all samples of a problem have the same tests
def _control(test: UnitTest) -> Control:
    if test.framework is Framework.UNITTEST:
        return Control(_UNITTEST, Framework.UNITTEST)
    if test.framework is Framework.PYTEST:
        return Control(_PYTEST, Framework.PYTEST)
    try:
        tree = ast.parse(test.source)
    except (SyntaxError, ValueError, RecursionError):
        return Control("assert 1 == 2")  # of a Python that ours cannot read
    if not _alter(tree):
        return Control("assert 1 == 2")
    return Control(ast.unparse(tree) + _REACHED, altered=True)


def _alter(tree: ast.Module) -> bool:
    """Change the expectation of the first assertion that is certainly reached and compares
    a call with a literal; whether there is one."""
    called = {
        node.value.func.id
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    }
    bodies = [tree.body]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in called and not node.decorator_list:
            bodies.append(node.body)
    return any(_alter_one(statement) for body in bodies for statement in _reached(body))


def _reached(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements before the first one that may leave the block."""
    for place, statement in enumerate(body):
        if any(isinstance(node, ast.Return | ast.Raise) for node in ast.walk(statement)):
            return body[:place] if not isinstance(statement, ast.FunctionDef) else body
    return body


def _alter_one(statement: ast.stmt) -> bool:
    if not (isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare)):
        return False
    compare = statement.test
    if len(compare.ops) != 1 or not isinstance(compare.ops[0], ast.Eq):
        return False
    if not isinstance(compare.left, ast.Call):
        return False
    try:
        value = ast.literal_eval(compare.comparators[0])
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    other = _another(value)
    if other == value:
        return False
    compare.comparators[0] = ast.parse(repr(other), mode="eval").body
    statement.msg = None
    return True


def _another(value: object) -> object:
    """A value of the same type that differs from ``value``."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | complex):
        return value * 3 + 7
    if isinstance(value, str):
        return value + "~"
    if isinstance(value, bytes):
        return value + b"~"
    if isinstance(value, list):
        return [*value, 7]
    if isinstance(value, tuple):
        return (*value, 7)
    if isinstance(value, dict):
        return {**value, "~": 7}
    if isinstance(value, set):
        return {*value, "~"}
    return 7
