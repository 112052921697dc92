"""GitChameleon 2.0 in its published form: ``dataset.jsonl`` and ``hidden_tests/``.

A problem names a library, a version of it and a Python; it runs in the environment that
follows from its row by the rules in ``environments.yaml``.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from codeupdate.errors import DataError
from codeupdate.sandbox.environments import Day, Requirement, SettingSpec, StrictSpec, read_spec
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
FENCED = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)


class Addition(StrictSpec):
    """What is installed after a row's own packages, unless they pin it."""

    unless: str
    install: Requirement


class Rules(StrictSpec):
    """The form of ``environments.yaml``."""

    before: Day
    pythons: dict[str, list[Addition]]
    corrections: dict[str, dict[str, Requirement]]
    packages: dict[str, SettingSpec]


class Task(FolderTask):
    """An answer is the whole program; the hidden tests decide, the visible one is shown."""

    def load_problems(self) -> Sequence[Problem]:
        return [self._problem(where, row) for where, row in self._rows]

    def environments(self) -> Mapping[str, Environment]:
        return self._environments

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """The first fenced block counts, and all of the text where there is none."""
        answer = sample.text.rpartition("</think>")[2]
        found = FENCED.search(answer)
        if found is None:
            return replace(super().extract(problem, prompt, sample), code=answer)
        return Extraction(found[1], "fenced" if found[2] else "unclosed")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        hidden = replace(self.program(problem, code), source=code, module=f"sample_{problem.id}")
        visible = replace(
            hidden,
            id=f"{problem.id}/visible",
            source=f"{code}\n{problem.fields['visible_test']}",
            tests=(),
        )
        return (Check("hidden", hidden), Check("visible", visible))

    # ---------------------------------------------------------------------- problems

    @cached_property
    def _rows(self) -> list[tuple[str, Row]]:
        """Every row with its hidden test, and the place it stands at."""
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
            hidden = dataset.parent / "hidden_tests" / f"test_sample_{row.get('example_id')}.py"
            try:
                yield where, {**row, "hidden_test": hidden.read_text(encoding="utf-8")}
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"{where}: its hidden test '{hidden}' cannot be read") from error

    def _problem(self, where: str, row: Row) -> Problem:
        try:
            change = str(row["type_of_change"]).lower()
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
                # Nothing stands between the two: a new line would break a quarter of them.
                reference=row["starting_code"] + row["solution"],
                tests=(UnitTest("test_sample", row["hidden_test"], Framework.PYTEST),),
                environment=self._environment_name(where, row),
            )
        except (KeyError, TypeError) as error:
            raise DataError(f"{where}: there is no field {error}") from error

    # ------------------------------------------------------------------ environments

    @cached_property
    def _rules(self) -> Rules:
        return read_spec(self.folder / "environments.yaml", Rules, "rules for environments")

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        alike: dict[str, list[Row]] = {}
        for where, row in self._rows:
            alike.setdefault(self._environment_name(where, row), []).append(row)
        return {name: self._environment(name, rows) for name, rows in alike.items()}

    def _environment(self, name: str, rows: Sequence[Row]) -> Environment:
        """The one in which all these rows run."""
        names = {
            part for requirement in self._own_packages(rows[0]) for part in called(requirement)
        }
        more = [spec for package, spec in self._rules.packages.items() if package in names]
        return Environment(
            name=name,
            python=rows[0]["python_version"],
            steps=self._steps(rows[0]),
            before=self._rules.before,
            system=tuple(need.need() for spec in more for need in spec.system),
            files={path: text for spec in more for path, text in spec.files.items()},
            preload=tuple(dict.fromkeys(["pytest", *(m for r in rows for m in imported(r))])),
            variables={key: text for spec in more for key, text in spec.variables.items()},
            build_variables={k: text for spec in more for k, text in spec.build_variables.items()},
        )

    def _environment_name(self, where: str, row: Row) -> str:
        if row["python_version"] not in self._rules.pythons:
            raise DataError(
                f"{where}: there are no rules for Python {row['python_version']} in "
                f"'{self.folder / 'environments.yaml'}'"
            )
        packages = hashlib.sha256(repr(self._steps(row)).encode()).hexdigest()[:4]
        return f"{self.name}/{row['library']}-{row['version']}-py{row['python_version']}-{packages}"

    def _steps(self, row: Row) -> tuple[tuple[str, ...], ...]:
        own = self._own_packages(row)
        pinned = {called(requirement)[0] for requirement in own}
        added = self._rules.pythons[row["python_version"]]
        return (own, *((one.install,) for one in added if one.unless not in pinned))

    def _own_packages(self, row: Row) -> tuple[str, ...]:
        """The library and what the row wants beside, in this order."""
        library = f"{row['library']}=={row['version']}"
        wanted = f"{row.get('additional_dependencies', '')} {row.get('extra_dependencies', '')}"
        corrected = self._rules.corrections.get(library, {})
        return (library, *(corrected.get(pin, pin) for pin in wanted.split()))


def called(requirement: str) -> tuple[str, str]:
    """How rules may call it: by its name, by name and version."""
    pin = requirement.lower().replace("_", "-")
    return pin.partition("==")[0], pin


def imported(row: Row) -> Iterator[str]:
    """What the reference and its tests import without any condition."""
    for source in (row["starting_code"] + row["solution"], row["test"], row["hidden_test"]):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            yield from (name for name in names if not name.startswith(("sample_", "__future__")))
