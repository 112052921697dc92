"""GitChameleon 2.0 in its published form: ``dataset.jsonl`` and ``hidden_tests/``.

A problem names a library, a version of it and a Python; it runs in the environment that
follows from its row by the rules in ``environments.yaml``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from codeupdate.errors import DataError
from codeupdate.plugins import load_module
from codeupdate.tasks import FolderTask
from codeupdate.tasks.schema import read_jsonl
from codeupdate.types import (
    Check,
    Environment,
    Extraction,
    Framework,
    Problem,
    Prompt,
    Sample,
    UnitTest,
)

Row = dict[str, Any]

#: What the spellings of ``type_of_change`` mean, by the first of these that is in them.
CHANGES = {
    "other library": "other library",
    "argument": "argument or attribute",
    "attribute": "argument or attribute",
    "name": "name of a function",
    "new": "new feature",
    "": "semantics or output",
}
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
FENCED = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)


class Task(FolderTask):
    """An answer is the whole program; the hidden tests decide, the visible one is shown."""

    def load_problems(self) -> Sequence[Problem]:
        return [self._problem(where, row) for where, row in self._rows]

    def environments(self) -> Mapping[str, Environment]:
        return self._environments

    def kind(self, problem: Problem) -> str:
        return str(problem.fields["change"])

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """The first fenced block counts, and all of the text where there is none."""
        answer = sample.text.rpartition("</think>")[2]
        found = FENCED.search(answer)
        if found is None:
            return replace(super().extract(problem, prompt, sample), code=answer)
        return Extraction(found[1], "fenced" if found[2] else "unclosed")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        hidden = replace(self.program(problem, code), source=code, module=f"sample_{problem.id}")
        # As one script, which some of the tests end by themselves (``unittest.main()``).
        visible = replace(
            hidden,
            id=f"{problem.id}/visible",
            module="__main__",
            tests=(UnitTest("visible", str(problem.fields["visible_test"])),),
        )
        return (Check("hidden", hidden), Check("visible", visible))

    # ---------------------------------------------------------------------- problems

    @cached_property
    def _rows(self) -> list[tuple[str, Row]]:
        """Every row with its hidden test and what it imports, and the place it stands at."""
        return list(self._read())

    def _read(self) -> Iterator[tuple[str, Row]]:
        if self.data is None:
            raise DataError(
                "the task 'gitchameleon' does not bring its data; name the folder of "
                "dataset.jsonl and hidden_tests/ with --data PATH"
            )
        dataset = self.data / "dataset.jsonl" if self.data.is_dir() else self.data
        for number, row in read_jsonl(dataset):
            where = f"{dataset}, line {number}"
            if missing := [name for name in FIELDS if not isinstance(row.get(name), str)]:
                raise DataError(f"{where}: there is no text '{missing[0]}'")
            hidden = dataset.parent / "hidden_tests" / f"test_sample_{row['example_id']}.py"
            try:
                found = {**row, "hidden_test": hidden.read_text(encoding="utf-8")}
                yield where, {**found, "imports": list(imported(found))}
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"{where}: its hidden test '{hidden}' cannot be read") from error
            except SyntaxError as error:
                raise DataError(
                    f"{where}: its solution or a test is not Python: {error}"
                ) from error

    def _problem(self, where: str, row: Row) -> Problem:
        change = row["type_of_change"].lower()
        defined = re.findall(r"^(?:def|class) (\w+)", row["starting_code"], re.MULTILINE)
        return Problem(
            id=row["example_id"],
            task=self.name,
            fields={
                "library": row["library"],
                "version": row["version"],
                "python": row["python_version"],
                "text": row["problem"],
                "starting_code": row["starting_code"],
                "visible_test": row["test"],
                "change": next(CHANGES[word] for word in CHANGES if word in change),
            },
            entry_point=defined[-1] if defined else "",
            reference=reference(row),
            tests=(UnitTest("test_sample", row["hidden_test"], Framework.PYTEST),),
            environment=self._rules.name(row, where),
        )

    # ------------------------------------------------------------------ environments

    @cached_property
    def _rules(self) -> Any:
        module = load_module(self.folder / "rules.py")
        return module.Rules.read(self.folder / "environments.yaml")

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        alike: dict[str, list[Row]] = {}
        for where, row in self._rows:
            alike.setdefault(self._rules.name(row, where), []).append(row)
        return {
            name: self._rules.environment(
                name, rows[0], [module for row in rows for module in row["imports"]]
            )
            for name, rows in alike.items()
        }


def reference(row: Row) -> str:
    """Nothing stands between the two: a new line would break a quarter of them."""
    return str(row["starting_code"] + row["solution"])


def imported(row: Row) -> Iterator[str]:
    """What the reference and its tests import without any condition."""
    for source in (reference(row), row["test"], row["hidden_test"]):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            yield from (name for name in names if not name.startswith(("sample_", "__future__")))
