"""HumanEval in its published form: ``HumanEval.jsonl`` or ``HumanEval.jsonl.gz``."""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterator, Sequence
from typing import Any

from codeupdate.errors import DataError
from codeupdate.tasks import FolderTask
from codeupdate.types import Problem, UnitTest

FIELDS = ("task_id", "prompt", "entry_point", "canonical_solution", "test")


class Task(FolderTask):
    """164 functions; ``check(candidate)`` is the one test of each."""

    def load_problems(self) -> Sequence[Problem]:
        return [self._problem(where, row) for where, row in self._rows()]

    def _problem(self, where: str, row: dict[str, Any]) -> Problem:
        if missing := [field for field in FIELDS if field not in row]:
            raise DataError(f"{where}: there is no field '{missing[0]}'")
        return Problem(
            id=row["task_id"],
            task=self.name,
            fields={"prompt": row["prompt"]},
            entry_point=row["entry_point"],
            reference=row["canonical_solution"],
            # Some prompts bring helpers and imports that an answer need not repeat.
            preamble=row["prompt"] + "    pass\n",
            tests=(UnitTest("check", f"{row['test']}\ncheck({row['entry_point']})\n"),),
            environment=self.spec.environment,
        )

    def called(self, problem: Problem) -> tuple[str, ...]:
        """Some checks call a helper that the prompt brings as well."""
        tree = ast.parse(problem.preamble)
        return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.data is None:
            raise DataError(
                "the task 'humaneval' does not bring its data; "
                "name a copy of HumanEval.jsonl or HumanEval.jsonl.gz with --data PATH"
            )
        try:
            raw = self.data.read_bytes()
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise DataError(f"the data file '{self.data}' cannot be read: {error}") from error
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            where = f"{self.data}, line {number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{where}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise DataError(f"{where}: not a JSON object")
            yield where, row
