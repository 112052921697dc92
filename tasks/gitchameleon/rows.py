"""Rows of GitChameleon's ``dataset.jsonl``, each with its hidden test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codeupdate.errors import DataError
from codeupdate.tasks.schema import read_jsonl

__all__ = ["read"]

Row = dict[str, Any]

FIELDS = (
    "example_id",
    "python_version",
    "library",
    "version",
    "problem",
    "starting_code",
    "solution",
    "test",
    "type_of_change",
)


def read(data: Path) -> Iterator[tuple[str, Row]]:
    """Every row and the place it stands at, with its hidden test, its reference and what both
    and the shown test import; ``data`` is ``dataset.jsonl`` or the folder of that.

    Raises:
        DataError: a row lacks something, or has code that is not Python.
    """
    dataset = data / "dataset.jsonl" if data.is_dir() else data
    for number, row in read_jsonl(dataset):
        where = f"{dataset}, line {number}"
        if missing := [name for name in FIELDS if not isinstance(row.get(name), str)]:
            raise DataError(f"{where}: there is no text '{missing[0]}'")
        hidden = dataset.parent / "hidden_tests" / f"test_sample_{row['example_id']}.py"
        # Nothing stands between the two: a new line would break a quarter of them.
        reference = row["starting_code"] + row["solution"]
        try:
            found = {**row, "reference": reference, "hidden_test": hidden.read_text("utf-8")}
            yield where, {**found, "imports": list(_imported(found))}
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{where}: its hidden test '{hidden}' cannot be read") from error
        except SyntaxError as error:
            raise DataError(f"{where}: its solution or a test is not Python: {error}") from error


def _imported(row: Row) -> Iterator[str]:
    """What is imported without any condition."""
    for source in (row["reference"], row["test"], row["hidden_test"]):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            yield from (name for name in names if not name.startswith(("sample_", "__future__")))
