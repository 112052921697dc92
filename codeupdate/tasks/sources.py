"""Source files of problems that are kept as files."""

from __future__ import annotations

import ast
from pathlib import Path

from codeupdate.errors import DataError

__all__ = ["defined", "read_source"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read_source(path: Path) -> str:
    """The text of ``path``.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the file '{path}' cannot be read: {error}") from error


def defined(source: str, where: object) -> list[str]:
    """The functions and classes at the top level of ``source``, in order; ``where`` names it in
    an error.

    Raises:
        DataError: it is not Python, or defines none.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise DataError(f"'{where}' has code that is not Python: {error}") from error
    names = [node.name for node in body if isinstance(node, _DEFINITIONS)]
    if not names:
        raise DataError(f"'{where}' defines no function and no class")
    return names
