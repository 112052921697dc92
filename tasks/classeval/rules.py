"""From an answer to code: the rules of ClassEval's harness, and methods out of answers."""

from __future__ import annotations

import ast
import re
import textwrap

from codeupdate.syntax import parsed
from codeupdate.tasks.extraction import without_thoughts
from codeupdate.types import Extraction

ECHOES = ("### Response:", "@@ Response:", "[/INST]")
FENCED = re.compile(r"```[^\n`]*\n(.*?)(```|\Z)", re.DOTALL)
BODY = 8  # spaces before the statements of a method


def class_code(text: str) -> Extraction:
    """The class in an answer, as the authors' harness finds it and mends its decorators."""
    found = _block(text)
    if found is None:
        bare = _from_class(_answer(text))
        found = Extraction(bare or text, "code" if bare else "none")
    return Extraction(_static(found.code), found.outcome)


def method_code(text: str, name: str, asked: str) -> str:
    """The method ``name`` in an answer, at the margin of methods; "" where there is none.

    ``asked`` is the signature and docstring that were asked to be completed: an answer that
    does not repeat them continues them.
    """
    found = _block(text)
    code = found.code if found else _answer(text)
    method = _defined(code, name) or _defined_textually(code, name)
    if method is None and (body := _body(code)):
        method = f"{textwrap.indent(asked, ' ' * (BODY // 2))}\n{body}"
        method = _indented(method)
    return method or ""


def _answer(text: str) -> str:
    """Without the instruction that it echoes, and without thoughts."""
    for echo in ECHOES:
        text = text.partition(echo)[2] if echo in text else text
    return without_thoughts(text)


def _block(text: str) -> Extraction | None:
    """The first fenced block."""
    found = FENCED.search(_answer(text))
    return Extraction(found[1], "fenced" if found[2] else "unclosed") if found else None


def _from_class(text: str) -> str | None:
    """From the first class on, with the imports above it, the class at the margin."""
    lines = text.split("\n")
    starts = (n for n, line in enumerate(lines) if line.strip().startswith("class"))
    start = next(starts, None)
    if start is None:
        return None
    imports = [line for line in lines[:start] if line.strip().startswith(("import", "from"))]
    margin = _indent(lines[start])
    kept = imports + lines[start:]
    if margin:
        kept = [" " * max(_indent(line) - margin, 0) + line.lstrip() for line in kept]
    return "\n".join(kept)


def _static(code: str) -> str:
    """Methods are static where their first line names neither self nor cls, whatever was
    written above them."""
    mended = []
    for line in code.split("\n"):
        if "@staticmethod" in line:
            continue
        method = line.strip().startswith("def ") and _indent(line) == BODY // 2
        if method and "self" not in line and "cls" not in line:
            mended.append("    @staticmethod")
        mended.append(line)
    return "\n".join(mended)


def _defined(code: str, name: str) -> str | None:
    """The definition in code that is Python: of several the first."""
    tree = parsed(textwrap.dedent(code))
    if tree is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            lines = textwrap.dedent(code).split("\n")[first - 1 : node.end_lineno]
            return _indented("\n".join(lines))
    return None


def _defined_textually(code: str, name: str) -> str | None:
    """The line that begins it, and what is indented below."""
    lines = code.split("\n")
    begins = re.compile(rf"\s*(async\s+)?def\s+{re.escape(name)}\s*\(")
    start = next((n for n, line in enumerate(lines) if begins.match(line)), None)
    if start is None:
        return None
    end = start + 1
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > _indent(lines[start])
    ):
        end += 1
    return _indented("\n".join(lines[start:end]))


def _body(code: str) -> str:
    """The lines from the beginning that can belong to a method's body."""
    lines = code.strip("\n").split("\n")
    end = 0
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) >= BODY):
        end += 1
    return "\n".join(lines[:end]).rstrip()


def _indented(method: str) -> str:
    return textwrap.indent(textwrap.dedent(method), " " * (BODY // 2)).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
