"""Rows of ``ClassEval_data.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codeupdate.errors import DataError

__all__ = ["read"]

TEXTS = (
    "task_id",
    "skeleton",
    "test",
    "solution_code",
    "class_name",
    "class_description",
    "class_constructor",
)
LISTS = ("import_statement", "test_classes", "methods_info")


def read(data: Path) -> Iterator[dict[str, Any]]:
    """Every row; ``data`` is the file, or the folder that holds it.

    Raises:
        DataError: the file cannot be read, or a row lacks something.
    """
    path = data / "ClassEval_data.json" if data.is_dir() else data
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"the data file '{path}' cannot be read: {error}") from error
    if not isinstance(rows, list):
        raise DataError(f"'{path}' is not the JSON list of ClassEval_data.json")
    for number, row in enumerate(rows, start=1):
        _check(row, f"{path}, row {number}")
        yield row


def _check(row: object, where: str) -> None:
    if not isinstance(row, dict):
        raise DataError(f"{where}: not a JSON object")
    if missing := [name for name in TEXTS if not isinstance(row.get(name), str)]:
        raise DataError(f"{where}: there is no text '{missing[0]}'")
    if missing := [name for name in LISTS if not isinstance(row.get(name), list)]:
        raise DataError(f"{where}: there is no list '{missing[0]}'")
    for method in row["methods_info"]:
        for name in ("method_name", "method_description"):
            if not isinstance(method.get(name), str):
                raise DataError(f"{where}: a method has no text '{name}'")
