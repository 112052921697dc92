"""GitChameleon 2.0 in its published form: ``dataset.jsonl`` and ``hidden_tests/``.

A problem names a library, a version of it and a Python; it runs in the environment that
follows from its row by the rules in ``environments.yaml``. Where a folder ``documentation/``
lies beside, a problem that it has a text for can be shown that text, which is its update.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from codeupdate.errors import DataError, UsageError
from codeupdate.plugins import load_module
from codeupdate.sandbox.building import ready
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import without_thoughts
from codeupdate.types import (
    ChangeKind,
    Check,
    Environment,
    Extraction,
    Framework,
    Problem,
    Prompt,
    Sample,
    UnitTest,
    Update,
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
        answer = without_thoughts(sample.text)
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

    # ----------------------------------------------------------------- documentation

    def load_updates(self) -> Sequence[Update]:
        """A text of documentation for every problem that there is one for."""
        return [
            Update(
                id=row["example_id"],
                package=row["library"],
                api=str(row.get("name_of_class_or_func", "")),
                kind=ChangeKind.BEHAVIOUR_CHANGED,  # results are broken down by the row's own
                summary="",
                signature_before="",
                signature_after="",
                documentation=self._documentation[row["example_id"]],
            )
            for _, row in self._rows
            if row["example_id"] in self._documentation
        ]

    def build(self, package: str, seed: int = 0) -> Iterator[dict[str, Any]]:
        """What the library ``package`` documents, in each version, of what references use."""
        known = dict.fromkeys(str(problem.fields["library"]) for problem in self.problems())
        if package not in known:
            raise UsageError(f"no problem is about '{package}'; some are about: {', '.join(known)}")
        for problem in self.problems():
            if problem.fields["library"] == package:
                environment = ready(self.environments()[problem.environment])
                text = self._documents.described(problem.reference, package, environment)
                if text:
                    yield {"example_id": problem.id, "text": text}

    @cached_property
    def _documentation(self) -> dict[str, str]:
        known = {row["example_id"] for _, row in self._rows}
        data = self.data if self.data and self.data.is_dir() else (self.data or self.folder).parent
        texts: dict[str, str] = self._documents.read(data / "documentation", known)
        return texts

    @cached_property
    def _documents(self) -> Any:
        return load_module(self.folder / "documentation.py")

    # ---------------------------------------------------------------------- problems

    @cached_property
    def _rows(self) -> list[tuple[str, Row]]:
        if self.data is None:
            raise DataError(
                "the task 'gitchameleon' does not bring its data; name the folder of "
                "dataset.jsonl and hidden_tests/ with --data PATH"
            )
        rows: list[tuple[str, Row]] = list(load_module(self.folder / "rows.py").read(self.data))
        return rows

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
            reference=row["reference"],
            tests=(UnitTest("test_sample", row["hidden_test"], Framework.PYTEST),),
            environment=self._rules.name(row, where),
            update=row["example_id"] if row["example_id"] in self._documentation else None,
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
