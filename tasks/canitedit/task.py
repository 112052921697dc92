"""CanItEdit in its published form: the Parquet file of the hub, or its rows as JSON lines."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codeupdate.errors import DataError
from codeupdate.scoring.excess import excess_code, missing_lines
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import extract
from codeupdate.tasks.rows import read_rows
from codeupdate.types import (
    Check,
    Extraction,
    Problem,
    Program,
    Prompt,
    Sample,
    UnitTest,
    Verdict,
)

SHOWN = ("before", "instruction_descriptive", "instruction_lazy")
TEXTS = (*SHOWN, "full_name", "after", "tests")
SCRIPT = "program.py"

# Runs the script once more and says which lines were not reached, as the authors do with
# coverage.py: a line of a mark, "uncovered: " and its column "Missing". The script may have
# replaced sys.stdout, so that the line goes past it; what waits there comes first.
MEASURE = """
import os, runpy, sys
import coverage

write, printed = os.write, sys.stdout
script = os.path.abspath({script!r})
measured = coverage.Coverage(data_file=None, config_file=False, include=[script])
measured.exclude(r"@(abc\\.)?abstractmethod")
measured.start()
try:
    runpy.run_path(script, run_name="__main__")
finally:
    measured.stop()
if not printed.closed:
    printed.flush()
write(1, ("\\n{mark} uncovered: %s\\n" % measured.analysis(script)[3]).encode())
"""
MISSING = r"(?:\d{1,6}(?:-\d{1,6})?(?:, |$))*"  # the column, as far as it means anything


class Task(FolderTask):
    """105 programs with two instructions each: ``prompt`` is the descriptive one, ``lazy``
    the other."""

    def load_problems(self) -> Sequence[Problem]:
        return [self._problem(row, where) for where, row in self._rows()]

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """An answer is a whole program: it never continues the prompt."""
        return extract(sample.text, prompt_text="", entry_point=problem.entry_point)

    def program(self, problem: Problem, code: str) -> Program:
        """One script: candidate and tests."""
        script = f"{code}\n{problem.tests[0].source}"
        return replace(super().program(problem, code), source=script, tests=())

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        """Does it pass; and if so, which of its lines were not reached (for ExcessCode)?"""
        script = self.program(problem, code)
        measured = replace(
            script,
            id=f"{script.id}/coverage",
            source=MEASURE.format(script=SCRIPT, mark=_mark(script.source)),
            files={SCRIPT: script.source},
        )
        return (Check("updated", script), Check("coverage", measured, needs="updated"))

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        """ExcessCode of what passed, from the lines that were not reached; nothing where the
        measurement did not come through."""
        measured = verdicts.get("coverage")
        if measured is None or not measured.passed:
            return {}
        mark = _mark(self.program(problem, code).source)
        reports = re.findall(rf"^{mark} uncovered: ({MISSING})$", measured.stdout, re.MULTILINE)
        if not reports:
            return {}
        before = str(problem.fields["before"])
        return {"excess_code": excess_code(before, code, missing_lines(reports[-1]))}

    def _problem(self, row: dict[str, Any], where: str) -> Problem:
        for name in TEXTS:
            if not isinstance(row.get(name), str):
                raise DataError(f"{where}: the field '{name}' is missing or no text")
        return Problem(
            id=row["full_name"],
            task=self.name,
            fields={name: row[name] for name in SHOWN},
            entry_point=_first_name(row["after"], where),
            reference=f"```python\n{row['after']}\n```\n",
            tests=(UnitTest("tests", row["tests"]),),
            environment=self.spec.environment,
        )

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.data is None:
            raise DataError(
                "the task 'canitedit' does not bring its data; name a copy of the Parquet file "
                "of nuprl/CanItEdit, or of its rows as JSON lines, with --data PATH"
            )
        return read_rows(self.data)


def _mark(script: str) -> str:
    """Tells the measurement from what the script prints: no script has its own hash in it."""
    return hashlib.sha256(script.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _first_name(source: str, where: str) -> str:
    """What an answer has to define to be one: the first class or function of the solution."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise DataError(f"{where}: the field 'after' is not Python: {error}") from error
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return next((node.name for node in body if isinstance(node, kinds)), "")
