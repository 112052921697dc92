"""Three texts about a code change, from JSON lines of diffs as the authors publish them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codeupdate.errors import DataError
from codeupdate.scoring.bleu import smoothed_bleu4
from codeupdate.scoring.gleu import gleu
from codeupdate.scoring.similarity import same_letters
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import without_thoughts
from codeupdate.tasks.rows import read_rows
from codeupdate.types import Check, Extraction, Problem, Prompt, Sample, Verdict

FENCED = re.compile(r"\A```[^\n`]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Family:
    """One of the three, and the fields of its rows: diff, text to write, text before."""

    name: str
    diff: str
    text: str
    before: str = ""


FAMILIES = (
    Family("review", "patch", "msg"),
    Family("comment", "diff", "nl", "old_nl"),
    Family("commit", "diff", "nl"),
)


class Task(FolderTask):
    """Which of the three a row is, its fields say. An answer is one line of text."""

    def load_problems(self) -> Sequence[Problem]:
        counts: Counter[str] = Counter()
        problems = []
        for where, row in self._rows():
            family = _family(row, where)
            counts[family.name] += 1
            problems.append(self._problem(row, family, counts[family.name]))
        return problems

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """The first line, as the authors take it; of a code block, the first line in it."""
        text = without_thoughts(sample.text).strip()
        if fenced := FENCED.match(text):
            text = fenced[1].strip()
        line = _one_line(text.partition("\n")[0])
        return Extraction(line, "text" if line else "none")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        return ()

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        family = problem.fields["family"]
        if family != "comment":
            return {f"{family}_bleu4": smoothed_bleu4(problem.reference, code)}
        before = str(problem.fields["old_comment"])
        return {
            "comment_accuracy": same_letters(problem.reference, code),
            "comment_gleu": gleu(before, problem.reference, code),
        }

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.data is None:
            raise DataError(
                "the task 'code-change' does not bring its data; name a JSON-lines file of "
                "diffs, or a folder of such files, with --data PATH"
            )
        return read_rows(self.data)

    def _problem(self, row: dict[str, Any], family: Family, number: int) -> Problem:
        return Problem(
            id=f"{family.name}/{number}",
            task=self.name,
            fields={
                "family": family.name,
                "diff": row[family.diff].rstrip("\n"),
                "old_comment": _one_line(row[family.before]) if family.before else "",
            },
            entry_point="",
            reference=_one_line(row[family.text]),
            tests=(),
            environment="",
        )


def _family(row: dict[str, Any], where: str) -> Family:
    for family in FAMILIES:
        needed = [name for name in (family.diff, family.text, family.before) if name]
        if all(isinstance(row.get(name), str) for name in needed):
            return family
    raise DataError(
        f"{where}: a row has the texts 'patch' and 'msg' (review), 'diff' and 'nl' (commit "
        f"message) or 'diff', 'old_nl' and 'nl' (comment); it has: {', '.join(row)}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
