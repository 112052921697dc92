"""Completions in the form in which a benchmark's authors publish outputs.

A file holds JSON lines, one JSON list or one JSON object, compressed by gzip or not; a folder
holds such files (``*.json``, ``*.jsonl``, also ``.gz``). A row is an object that names a problem
and has one completion or a list of them; which of its fields say so is the task's to declare.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codeupdate.errors import DataError
from codeupdate.models.answers import AnswerBook
from codeupdate.models.text import whole

__all__ = ["RecordedForm", "recorded"]

SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedForm:
    """Which fields of a row say what.

    Of ``completions`` the first that a row has counts. A completion that is an object keeps
    its text in the field ``text``. Rows count only where their fields are as in ``only``.
    """

    problem: str = "task_id"
    completions: tuple[str, ...] = ("completion",)
    text: str = "content"
    only: Mapping[str, str] = field(default_factory=dict)


def recorded(path: Path, form: RecordedForm) -> AnswerBook:
    """The completions in the file or folder ``path``.

    Several rows of one problem are its samples, in the order in which they stand.

    Raises:
        DataError: it cannot be read or a row is malformed (names the row).
    """
    answers: dict[str, list[str]] = {}
    for where, row in _rows(path):
        if any(row.get(name) != wanted for name, wanted in form.only.items()):
            continue
        if form.problem not in row:
            raise DataError(
                f"{where}: there is no field '{form.problem}'; it has: {', '.join(row)}"
            )
        answers.setdefault(str(row[form.problem]), []).extend(_texts(row, form, where))
    if not answers:
        rows = " of the kind that is asked for" if form.only else ""
        raise DataError(f"'{path}' holds no completions{rows}")
    return AnswerBook(f"recorded:{path.name}", answers)


def _texts(row: Row, form: RecordedForm, where: str) -> list[str]:
    name = next((name for name in form.completions if name in row), None)
    if name is None:
        wanted = "' or '".join(form.completions)
        raise DataError(f"{where}: there is no field '{wanted}'; it has: {', '.join(row)}")
    found = row[name] if isinstance(row[name], list) else [row[name]]
    texts = [one.get(form.text) if isinstance(one, dict) else one for one in found]
    known = [whole(text) for text in texts if isinstance(text, str)]
    if len(known) < len(texts):
        raise DataError(
            f"{where}: '{name}' is neither text nor an object with the text '{form.text}', "
            "nor a list of these"
        )
    return known


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Every row, and the place where it stands."""
    if not path.is_dir():
        yield from _rows_of(path)
        return
    for file in sorted(path.iterdir()):
        # Results of a judge lie beside what was judged and repeat it.
        if file.name.endswith(SUFFIXES) and ".results." not in file.name:
            yield from _rows_of(file)


def _rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    try:
        content = path.read_bytes()
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        text = raw.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"the recorded completions '{path}' cannot be read: {error}") from error
    for where, row in _parsed(text, path):
        if not isinstance(row, dict):
            raise DataError(f"{where}: not a JSON object")
        yield where, row


def _parsed(text: str, path: Path) -> Iterator[tuple[str, object]]:
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except json.JSONDecodeError as error:
            raise DataError(f"'{path}' is not a JSON list: {error}") from error
        yield from ((f"{path}, row {number}", row) for number, row in enumerate(rows, start=1))
        return
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1:
        try:
            yield str(path), json.loads(text)  # one object, spread over lines
            return
        except json.JSONDecodeError:
            pass  # an object a line
    for number, line in lines:
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}, line {number}: not JSON: {error}") from error
        yield f"{path}, line {number}", row
