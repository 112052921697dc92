"""Documentation to show: what a library itself says, in its version, of what a reference uses.

Its authors retrieve pages from the web, whose addresses are in the rows. This needs no network,
and it is an oracle: whoever chose these pages knew the solution.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

from codeupdate.errors import DataError, SandboxUnavailable
from codeupdate.sandbox.environments import ReadyEnvironment
from codeupdate.tasks.schema import read_jsonl

__all__ = ["described", "read", "used"]

#: Libraries that are imported by another name.
MODULES = {"scikit-learn": "sklearn", "pillow": "PIL"}
SECONDS = 300  # for the import of a large library on a busy machine


def read(folder: Path, known: Collection[str]) -> dict[str, str]:
    """Problem → text, of all JSON-lines files in ``folder``, if there is one; a row has an
    ``example_id``, which has to be ``known``, and a ``text``.

    Raises:
        DataError: a row is malformed or about no problem.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for number, row in read_jsonl(file):
            where = f"{file}, line {number}"
            if not all(isinstance(row.get(name), str) for name in ("example_id", "text")):
                raise DataError(f"{where}: there is no text 'example_id', or no 'text'")
            if row["example_id"] not in known:
                raise DataError(f"{where}: there is no problem '{row['example_id']}'")
            found[row["example_id"]] = row["text"]
    return found


def used(source: str, package: str) -> list[str]:
    """The dotted names of ``package`` in ``source``, by its import statements; those that only
    annotate are left out."""
    tree = ast.parse(source)
    meant, idle = dict(_imported(tree)), set(_annotations(tree))
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        name = None if node in idle else _dotted(node, meant)
        if name and name.partition(".")[0] == package:
            found[name] = None
    # ``a.b`` is in ``a.b.c`` as well, and not what is meant.
    return [name for name in found if not any(other.startswith(f"{name}.") for other in found)]


def described(source: str, library: str, environment: ReadyEnvironment) -> str:
    """What ``library``, as it is in ``environment``, documents of the names that ``source`` uses;
    "" where it does not.

    Raises:
        SandboxUnavailable: it could not be asked.
    """
    names = used(source, MODULES.get(library, library))
    if not names:
        return ""
    paths = {
        "PYTHONPATH": environment.search_path,
        "LD_LIBRARY_PATH": environment.libraries,
        "PATH": (*environment.commands, *map(Path, os.get_exec_path())),
    }
    done = subprocess.run(
        [str(environment.interpreter), str(Path(__file__).with_name("describe.py")), *names],
        env={
            **os.environ,
            **environment.variables(str(environment.system or "")),
            **{name: os.pathsep.join(map(str, folders)) for name, folders in paths.items()},
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise SandboxUnavailable(
            f"the libraries of '{environment.environment.name}' cannot be imported: {last}"
        )
    texts: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return "\n\n\n".join(text for text in texts.values() if text)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What every imported name stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _annotations(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if annotation := getattr(node, field, None):
                yield from ast.walk(annotation)


def _dotted(node: ast.AST, meant: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return meant.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value, meant)):
        return f"{owner}.{node.attr}"
    return None
