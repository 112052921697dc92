"""Rows in RepoBench's form from the source of any installed package.

A row asks for one line in the body of a function, if there is one for a line that uses what
the file imports from another file of the package. Its context are definitions in other files:
those that the file imports, and some that it does not.
"""

from __future__ import annotations

import ast
import importlib.util
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codeupdate.errors import UsageError

__all__ = ["build"]

ROWS_OF_A_FILE = 3
SHORTEST = 6  # characters of a line that is asked for
ABOVE = range(8, 121)  # lines above it: at least so many, and at most so many are shown
OTHERS = 4  # definitions in the context that the file does not import
LONGEST = 2500  # characters of a definition that is shown
LEVELS = {"2k": 2_000, "4k": 4_000, "8k": 8_000, "12k": 12_000, "16k": 16_000}
CHARACTERS_OF_A_TOKEN = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the package. ``path`` is relative to the folder that has the package."""

    path: str
    module: str
    lines: list[str]
    tree: ast.Module

    def text(self, node: ast.stmt) -> str:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        return "\n".join(self.lines[first - 1 : node.end_lineno])


def build(package: str, seed: int) -> Iterator[dict[str, Any]]:
    """Rows of ``package``, the same for the same version of it and ``seed``.

    Raises:
        UsageError: it is not installed, or has no Python source.
    """
    sources = list(_sources(package))
    definitions = {
        (source.module, node.name): {
            "identifier": node.name,
            "path": source.path,
            "snippet": source.text(node)[:LONGEST],
        }
        for source in sources
        for node in source.tree.body
        if isinstance(node, Function | ast.ClassDef)
    }
    for source in sources:
        draw = random.Random(f"{seed}/{source.path}")
        imported = {name for node in _imports(source) for _, name in _imported(node, source)}
        lines = sorted(set(_lines_to_ask(source)))
        draw.shuffle(lines)
        # Across files first: that is what RepoBench is about.
        lines.sort(key=lambda number: imported.isdisjoint(_names(source.lines[number - 1])))
        for number in sorted(lines[:ROWS_OF_A_FILE]):
            yield _row(package, source, number, definitions, draw)


def _sources(package: str) -> Iterator[Source]:
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    if not folders:
        raise UsageError(f"there is no installed package '{package}' with source to build from")
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            path = file.relative_to(folder.parent)
            if {"tests", "test", "_vendor", "vendor"} & set(path.parts):
                continue
            try:
                text = file.read_text(encoding="utf-8")
                tree = ast.parse(text)
            except (SyntaxError, ValueError):
                continue
            module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            yield Source(path.as_posix(), module, text.splitlines(), tree)


def _lines_to_ask(source: Source) -> Iterator[int]:
    """Numbers of lines with which a statement in a function begins."""
    for function in ast.walk(source.tree):
        if not isinstance(function, Function):
            continue
        for node in ast.walk(function):
            if not isinstance(node, ast.stmt) or node is function:
                continue
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            line = source.lines[node.lineno - 1]
            if node.lineno > ABOVE.start and len(line.strip()) >= SHORTEST and not is_text:
                yield node.lineno


def _row(
    package: str,
    source: Source,
    number: int,
    definitions: dict[tuple[str, str], dict[str, str]],
    draw: random.Random,
) -> dict[str, Any]:
    imports = [node for node in _imports(source) if node.lineno < number]
    importing = {
        line for node in imports for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    above = [source.lines[n - 1] for n in range(1, number) if n not in importing]
    used = [key for node in imports for key in _imported(node, source) if key in definitions]
    others = [key for key in definitions if key not in used and key[0] != source.module]
    chosen = [*dict.fromkeys(used), *draw.sample(others, min(OTHERS, len(others)))]
    draw.shuffle(chosen)
    next_line = source.lines[number - 1]
    asked = _names(next_line)
    gold = [i for i, key in enumerate(chosen) if key in used and key[1] in asked]
    row = {
        "repo_name": package,
        "file_path": source.path,
        "context": [definitions[key] for key in chosen],
        "import_statement": "\n".join(source.text(node) for node in imports),
        "cropped_code": "\n".join(above[-ABOVE[-1] :]),
        "all_code": "\n".join(source.lines[: number - 1]),
        "next_line": next_line,
        "gold_snippet_index": gold[0] if gold else -1,
        "created_at": "",
    }
    return {**row, "level": _level(row)}


def _imports(source: Source) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def _names(line: str) -> set[str]:
    return set(re.findall(r"\w+", line))


def _imported(node: ast.Import | ast.ImportFrom, source: Source) -> Iterator[tuple[str, str]]:
    """Module and name of what is imported by name, with relative imports resolved."""
    if isinstance(node, ast.Import):
        return
    module = node.module or ""
    if node.level:
        is_package = source.path.endswith("__init__.py")
        parts = source.module.split(".")
        base = parts[: len(parts) - node.level + is_package]
        module = ".".join([*base, *([module] if module else [])])
    yield from ((module, alias.name) for alias in node.names)


def _level(row: dict[str, Any]) -> str:
    """How long the context is, as RepoBench calls it; tokens are estimated."""
    shown = (*(one["snippet"] for one in row["context"]), row["import_statement"])
    tokens = sum(map(len, (*shown, row["cropped_code"]))) / CHARACTERS_OF_A_TOKEN
    return next((level for level, most in LEVELS.items() if tokens <= most), "24k")
