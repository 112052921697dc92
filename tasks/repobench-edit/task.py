"""PIE's setting: somebody edits the context of a cursor, and the next line is to be predicted."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from codeupdate.errors import DataError
from codeupdate.kvcache.drawn import KINDS
from codeupdate.plugins import load_module
from codeupdate.scoring.similarity import edit_similarity, exact_match
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import without_thoughts
from codeupdate.tasks.rows import read_rows
from codeupdate.types import Check, Extraction, Problem, Prompt, Sample, Verdict

TEXTS = ("repo_name", "file_path", "import_statement", "cropped_code", "next_line")
FENCED = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
QUOTES = ('"' * 3, "'" * 3)


class Task(FolderTask):
    """Each row is three problems: after an insertion, a deletion and a multi-place edit.

    ``context`` is the text after the edit, which a model that encodes everything anew is
    asked with; ``before`` and ``edits`` are how it came about, for one that does not.
    """

    def load_problems(self) -> Sequence[Problem]:
        return [
            problem
            for number, (where, row) in enumerate(self._rows(), start=1)
            for problem in self._problems_of(number, _checked(row, where))
        ]

    def build(self, package: str, seed: int = 0) -> Iterator[dict[str, Any]]:
        """Rows in RepoBench's form from the source of an installed package."""
        rows: Iterator[dict[str, Any]] = load_module(self.folder / "builder.py").build(
            package, seed
        )
        return rows

    def kind(self, problem: Problem) -> str:
        return str(problem.fields["kind"])

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """The first line that is code, as RepoBench takes it."""
        text = without_thoughts(sample.text)
        if fenced := FENCED.search(text):
            text = fenced[1]
        line = _first_code_line(text)
        return Extraction(line, "text" if line.strip() else "none")

    def checks(self, problem: Problem, code: str) -> Sequence[Check]:
        return ()

    def measures(
        self, problem: Problem, code: str, verdicts: Mapping[str, Verdict]
    ) -> Mapping[str, float]:
        return {
            "exact_match": exact_match(problem.reference, code),
            "edit_similarity": edit_similarity(problem.reference, code),
        }

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.data is None:
            raise DataError(
                "the task 'repobench-edit' does not bring its data; name rows of "
                "tianyang/repobench_python_v1.1 with --data PATH, or make some: "
                "codeupdate tasks build repobench-edit --from PACKAGE --to rows.jsonl"
            )
        return read_rows(self.data)

    def _problems_of(self, number: int, row: dict[str, Any]) -> Iterator[Problem]:
        context = _context(row)
        digest = hashlib.sha256(context.encode()).hexdigest()
        for kind, edit in KINDS.items():
            edited = edit(context, random.Random(f"{kind}/{digest}"))
            if edited is None:
                continue
            yield Problem(
                id=f"{number}/{kind}",
                task=self.name,
                fields={
                    "kind": kind,
                    "level": str(row.get("level", "")),
                    "file_path": row["file_path"],
                    "context": context,
                    "before": edited.before,
                    "edits": [asdict(one) for one in edited.edits],
                },
                entry_point="",
                reference=row["next_line"],
                tests=(),
                environment="",
                cluster=str(number),
            )


def _checked(row: dict[str, Any], where: str) -> dict[str, Any]:
    for name in TEXTS:
        if not isinstance(row.get(name), str):
            raise DataError(f"{where}: there is no text '{name}'")
    snippets = row.get("context")
    if not isinstance(snippets, list) or not all(
        isinstance(one, dict) and {"path", "snippet"} <= one.keys() for one in snippets
    ):
        raise DataError(f"{where}: 'context' is not a list of snippets with their paths")
    if not row["next_line"].strip():
        raise DataError(f"{where}: 'next_line' is empty")
    return row


def _context(row: dict[str, Any]) -> str:
    """Snippets of other files, then this file up to the line that is asked for."""
    parts = [f"# Repo Name: {row['repo_name']}\n"]
    parts += [f"# Path: {one['path']}\n{one['snippet']}\n\n" for one in row["context"]]
    parts.append(f"# Path: {row['file_path']}\n{row['import_statement']}\n{row['cropped_code']}\n")
    return re.sub(r"\n{4,}", "\n\n", "".join(parts))


def _first_code_line(text: str) -> str:
    """The first line that is no comment, or the first line."""
    lines = text.lstrip("\n").split("\n")
    quote = ""
    for line in lines:
        bare = line.strip()
        if quote:
            quote = "" if bare.endswith(quote) else quote
        elif opened := next((q for q in QUOTES if bare.startswith(q)), ""):
            quote = "" if len(bare) > len(opened) and bare.endswith(opened) else opened
        elif bare and not bare.startswith("#"):
            return line
    return lines[0]
