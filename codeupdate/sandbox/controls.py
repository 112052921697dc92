"""Controls: tests that have to fail, run after a program has passed all of its own.

A candidate that shares a process with its tests can make them report what it likes. It is
asked once more, in the same way, about something that is false: where that passes too,
nothing that it reported is worth anything. The supervisor decides, outside of its process.

Best is one of its own tests with another expectation: ``assert f(2) == 4`` becomes
``assert f(2) == 13``. An answer that meets both equals whatever it is compared with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from codeupdate.syntax import UNREADABLE
from codeupdate.types import Framework, Program, UnitTest

__all__ = ["Control", "control_of"]

_MODULES = {
    Framework.UNITTEST: (
        "import unittest\n\nclass TestCase(unittest.TestCase):\n"
        "    def test_it(self):\n        self.assertEqual(1, 2)\n"
    ),
    Framework.PYTEST: "def test_it():\n    assert 1 == 2\n",
}
#: Functions that say whether two values are close or equal, by the last part of their names.
_CLOSE = {
    "allclose",
    "array_equal",
    "assertAlmostEqual",
    "assertCountEqual",
    "assertEqual",
    "assertListEqual",
    "assert_allclose",
    "assert_array_equal",
    "assert_equal",
    "isclose",
}


@dataclass(frozen=True, slots=True)
class Control:
    """A test that has to fail. ``test``: the place of the one that it was made from."""

    source: str
    test: int = 0


def control_of(program: Program) -> Control | None:
    """The control for ``program``; none where its judge is another process."""
    if program.apart:
        return None
    if not program.tests:
        return Control("assert 1 == 2")
    place = min(range(len(program.tests)), key=lambda n: len(program.tests[n].source))
    return Control(_control(program.tests[place]), place)


@lru_cache(maxsize=4096)  # all samples of a problem have the same tests
def _control(test: UnitTest) -> str:
    try:
        altered = _altered(test)
    except UNREADABLE:
        altered = ""  # it is for a Python that ours cannot read, or a model wrote it
    return altered or _MODULES.get(test.framework, "assert 1 == 2")


def _altered(test: UnitTest) -> str:
    """Its source with another expectation; "" where it has none that can be changed."""
    tree = ast.parse(test.source)
    if test.framework is not Framework.NONE:
        changed = _alter_module(tree)
    else:
        changed = any(_alter(statement) for statement in _certain(tree))
    return ast.unparse(tree) if changed else ""


# ------------------------------------------------------------------ what is reached


def _certain(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that certainly run: of the module, and of the functions it calls."""
    called = {
        node.value.func.id
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    }
    yield from _reached(tree.body)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in called and not node.decorator_list:
            yield from _reached(node.body)


def _reached(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements before the first one that may leave the block."""
    for statement in body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef) and any(
            isinstance(node, ast.Return | ast.Raise) for node in ast.walk(statement)
        ):
            return
        yield statement


def _alter_module(tree: ast.Module) -> bool:
    """Alter one test of a test module and drop all others; whether that could be done."""
    owners: list[ast.Module | ast.ClassDef] = [tree]
    owners += [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner in owners:
        for test in owner.body:
            if (
                isinstance(test, ast.FunctionDef)
                and test.name.startswith("test")
                and not test.decorator_list
                and any(_alter(statement) for statement in _reached(test.body))
            ):
                _keep_only(tree, owner, test)
                return True
    return False


def _keep_only(tree: ast.Module, owner: ast.Module | ast.ClassDef, test: ast.FunctionDef) -> None:
    def kept(body: list[ast.stmt]) -> list[ast.stmt]:
        return [
            node
            for node in body
            if node is test
            or not (isinstance(node, ast.FunctionDef) and node.name.startswith("test"))
        ]

    for other in tree.body:
        if isinstance(other, ast.ClassDef):
            # A class without tests runs none; it may be a base of the one that is kept.
            other.body = kept(other.body) or [ast.Pass()]
    tree.body = kept(tree.body)


# ----------------------------------------------------------------- what is altered


def _alter(statement: ast.stmt) -> bool:
    """Change what a call is compared with in an assertion; whether there was something."""
    if isinstance(statement, ast.Assert):
        return _alter_expression(statement.test)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _alter_call(statement.value)
    return False


def _alter_expression(test: ast.expr) -> bool:
    if isinstance(test, ast.Call):
        return _alter_call(test)
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return False
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Eq) and isinstance(left, ast.Call):
        return _replace(test.comparators, 0)
    if not (isinstance(test.ops[0], ast.Lt | ast.LtE) and isinstance(right, ast.Constant)):
        return False
    # abs(f(2) - 0.5) < 1e-6
    if not (isinstance(left, ast.Call) and len(left.args) == 1 and _name(left) == "abs"):
        return False
    difference = left.args[0]
    if not (isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub)):
        return False
    if not isinstance(right.value, int | float) or right.value > 1:
        return False  # the changed value has to be further away than that
    operands = [difference.left, difference.right]
    if not (isinstance(operands[0], ast.Call) and _replace(operands, 1)):
        return False
    difference.right = operands[1]
    return True


def _alter_call(call: ast.Call) -> bool:
    if _name(call) not in _CLOSE or len(call.args) != 2 or call.keywords:
        return False  # with a tolerance of its own the changed value may be close as well
    first, second = call.args[:2]
    if isinstance(first, ast.Call):
        return _replace(call.args, 1)
    return isinstance(second, ast.Call) and _replace(call.args, 0)


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _replace(expressions: list[ast.expr], place: int) -> bool:
    """Put another literal in the place of one; whether there is one."""
    try:
        value = ast.literal_eval(expressions[place])
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    other = _another(value)
    if other == value:
        return False
    expressions[place] = ast.parse(repr(other), mode="eval").body
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
