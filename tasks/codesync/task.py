"""CodeSync: does a model know what calls look like now? Completed, corrected and chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from codeupdate.errors import DataError
from codeupdate.plugins import load_module
from codeupdate.scoring.bleu import bleu
from codeupdate.scoring.similarity import relative_edit_distance, rouge_l
from codeupdate.tasks import FolderTask
from codeupdate.types import (
    Check,
    Example,
    Extraction,
    Problem,
    Program,
    Prompt,
    Sample,
    Update,
    Verdict,
)

#: A call that the new version warns of is outdated, although it still works.
STRICT = (
    "import warnings\n"
    "warnings.simplefilter('error', DeprecationWarning)\n"
    "warnings.simplefilter('error', FutureWarning)\n"
)


class Task(FolderTask):
    """A problem is a call to complete (cct), to correct (ect) or to choose (mcq)."""

    def load_problems(self) -> Sequence[Problem]:
        return [self._problem(row) for row, _ in self._rows if row.family != "train"]

    def load_updates(self) -> Sequence[Update]:
        """An update for every API; what there is to learn from are the rows for training."""
        rows: dict[str, list[Any]] = {}
        for row, _ in self._rows:
            rows.setdefault(row.api, []).append(row)
        return [self._update(api, found) for api, found in rows.items()]

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        answers = load_module(self.folder / "answers.py")
        if problem.fields["family"] == "mcq":
            found = answers.letter(sample.text, "".join(_options(problem)))
        else:
            found = answers.arguments(sample.text, problem.entry_point)
        if found is None:
            return Extraction(sample.text.strip(), "none")
        return Extraction(found, "text")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        """It has to work where the API is new, and not where it is old."""
        if not problem.environment:
            return ()
        new, old = problem.fields["setup"], problem.fields["outdated_environment"]
        called = f"{problem.fields['context']}{code}{problem.fields['after']}\n"
        updated = Program(
            problem.id, problem.environment, f"{new}\n{STRICT}{called}", limits=self.limits
        )
        if not old:
            return (Check("updated", updated),)
        outdated = Program(
            f"{problem.id}/outdated", str(old), f"{new}\n{called}", limits=self.limits
        )
        return (Check("updated", updated), Check("outdated", outdated, needs="updated"))

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        family, wanted = problem.fields["family"], problem.reference
        if family == "mcq":
            return {"mcq": float(code == wanted)}
        found = {
            f"{family}_bleu": bleu(wanted, code),
            f"{family}_rouge_l": rouge_l(wanted, code),
            f"{family}_relative_edit_distance": relative_edit_distance(wanted, code),
        }
        if "updated" in verdicts:
            works = verdicts["updated"].passed
            found[f"{family}"] = float(works)
            if problem.fields["outdated_environment"]:
                found[f"{family}_only_new"] = float(works and not verdicts["outdated"].passed)
        return found

    @cached_property
    def _rows(self) -> list[tuple[Any, str]]:
        if self.data is None:
            raise DataError(
                "the task 'codesync' does not bring its data; name a JSON-lines file of "
                "CodeSyncBench or of our own form, or a folder of such files, with --data PATH"
            )
        rows: list[tuple[Any, str]] = load_module(self.folder / "rows.py").read(self.data)
        return rows

    def _problem(self, row: Any) -> Problem:
        return Problem(
            id=row.id,
            task=self.name,
            fields={
                "family": row.family,
                "api": row.api,
                "name": row.name,
                "package": row.api.partition(".")[0],
                "question": row.question,
                "options": dict(row.options),
                "context": row.context,
                "setup": row.setup,
                "after": row.after,
                "outdated_environment": row.outdated_environment,
            },
            entry_point=row.name,
            reference=row.answer,
            tests=(),
            environment=row.environment,
            update=row.api,
        )

    def _update(self, api: str, rows: Sequence[Any]) -> Update:
        told = next((row for row in rows if row.updated_signature), rows[0])
        return Update(
            id=api,
            package=api.partition(".")[0],
            api=api,
            kind=told.change,
            summary=f"The parameters of {api} have changed.",
            signature_before=told.outdated_signature,
            signature_after=told.updated_signature,
            documentation=told.updated_signature or api,
            examples=tuple(
                Example(row.context, row.answer, row.outdated)
                for row in rows
                if row.family == "train"
            ),
        )


def _options(problem: Problem) -> Sequence[str]:
    options = problem.fields["options"]
    assert isinstance(options, dict)
    return list(options)
