"""From a data set of instructions and programs to one of instructions and edit sequences."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codeupdate.edit_sequences.diffs import differences, joined
from codeupdate.edit_sequences.sampling import sample_states
from codeupdate.errors import DataError
from codeupdate.files import written_whole
from codeupdate.syntax import parsed
from codeupdate.tasks.schema import read_jsonl

__all__ = ["Refactored", "refactor_file"]

_FENCED = re.compile(r"^```[^\n`]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Refactored:
    """How many rows were read, how many held no Python, how many sequences were written."""

    rows: int
    skipped: int
    sequences: int


def refactor_file(
    source: Path,
    target: Path,
    *,
    instruction: str = "instruction",
    response: str = "response",
    sequences: int = 1,
    seed: int = 0,
) -> Refactored:
    """Write ``sequences`` rows for each row of the JSON-lines file ``source`` whose response is,
    or has in a code block, a Python program.

    A row has the fields of its source row, the response replaced by an edit sequence; the
    same sequence of a program is written once.

    Raises:
        DataError: a file cannot be read, or a row lacks a field.
        StoreError: ``target`` cannot be written.
        MissingExtra: the linter is not installed.
    """
    rows = skipped = written = 0
    with written_whole(target) as draft, draft.open("w", encoding="utf-8") as out:
        for number, row in read_jsonl(source):
            rows += 1
            for name in (instruction, response):
                if not isinstance(row.get(name), str):
                    raise DataError(f"{source}, line {number}: there is no text '{name}'")
            found = _sequences(row[response], sequences, f"{seed}/{number}")
            skipped += not found
            written += len(found)
            out.writelines(_line(row, response, text) for text in found)
    return Refactored(rows, skipped, written)


def _sequences(text: str, count: int, seed: str) -> list[str]:
    """Different edit sequences of the program in ``text``, at most ``count``."""
    program = "\n".join(_FENCED.findall(text)) or text
    tree = parsed(program)
    if tree is None or not tree.body:
        return []
    drawn = (sample_states(program.strip("\n"), f"{seed}/{n}") for n in range(count))
    return list(dict.fromkeys(joined(differences(states)) for states in drawn))


def _line(row: dict[str, Any], response: str, text: str) -> str:
    return json.dumps({**row, response: text}, ensure_ascii=False) + "\n"
