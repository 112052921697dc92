"""What a linter finds wrong with a program: only what makes it fail, never matters of taste."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codeupdate.errors import MissingExtra
from codeupdate.syntax import UNREADABLE

if TYPE_CHECKING:
    from pyflakes.messages import Message

__all__ = ["Fault", "faults"]

#: Messages of pyflakes that are errors, by the names of their classes.
ERRORS = frozenset(
    [
        "BreakOutsideLoop",
        "ContinueOutsideLoop",
        "DefaultExceptNotLast",
        "DuplicateArgument",
        "ReturnOutsideFunction",
        "TwoStarredExpressions",
        "UndefinedExport",
        "UndefinedLocal",
        "UndefinedName",
        "YieldOutsideFunction",
    ]
)
#: "expected an indented block after 'for' statement on line 3": that line is to blame.
_BLAMED = re.compile(r"\bon line (\d+)$")


@dataclass(frozen=True, slots=True)
class Fault:
    """One error; lines count from zero."""

    line: int
    message: str


def faults(program: str) -> list[Fault]:
    """The errors in ``program``; where it cannot be read as Python, the first that makes it so.

    Raises:
        MissingExtra: pyflakes is not installed.
    """
    try:
        from pyflakes.checker import Checker
    except ImportError as error:
        raise MissingExtra("linting programs", "pyflakes", "lintseq") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(program)
            compile(program, "program", "exec")
            found: list[Message] = Checker(tree, builtins={"__file__"}).messages
    except UNREADABLE as error:
        return [_syntax_fault(error, program)]
    return [
        Fault(message.lineno - 1, message.message % message.message_args)
        for message in found
        if type(message).__name__ in ERRORS
    ]


def _syntax_fault(error: Exception, program: str) -> Fault:
    line = getattr(error, "lineno", None) or 1
    message = str(getattr(error, "msg", error)) or "it is nested too deeply"
    if blamed := _BLAMED.search(message):
        line = int(blamed[1])
    return Fault(min(line, len(program.split("\n"))) - 1, message)
