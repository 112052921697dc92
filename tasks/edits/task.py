"""Edits of whole files. A problem is a folder of files that people can read and run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from codeupdate import plugins
from codeupdate.errors import DataError
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import extract
from codeupdate.tasks.schema import explain
from codeupdate.types import Extraction, Problem, Prompt, Sample, UnitTest

NEW = "new_"  # such a test fails on the file as it was
KEPT = "kept_"  # such a test passes on it too: it guards what has to stay


class Card(BaseModel):
    """One ``problem.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    kind: Literal["insert", "delete", "change", "multi-place"]
    instruction: str


class Task(FolderTask):
    """Each folder has ``problem.yaml``, ``before.py``, ``after.py`` and ``tests.py``."""

    def load_problems(self) -> Sequence[Problem]:
        root = self.data or plugins.data_folder() / "edits"
        return [self._problem(card.parent) for card in sorted(root.glob("*/problem.yaml"))]

    def kind(self, problem: Problem) -> str:
        return str(problem.fields["kind"])

    def extract(self, problem: Problem, prompt: Prompt, sample: Sample) -> Extraction:
        """An answer is a whole file: it never continues the prompt."""
        return extract(sample.text, prompt_text="", entry_point=problem.entry_point)

    def _problem(self, folder: Path) -> Problem:
        path = folder / "problem.yaml"
        try:
            card = Card.model_validate(yaml.safe_load(_read(path)))
        except yaml.YAMLError as error:
            raise DataError(f"'{path}' cannot be read as YAML: {error}") from error
        except ValidationError as error:
            raise DataError(f"'{path}' is not an edit problem: {explain(error)}") from error
        after, tests = _read(folder / "after.py"), _read(folder / "tests.py")
        return Problem(
            id=folder.name,
            task=self.name,
            fields={
                "file_name": card.file,
                "file_before": _read(folder / "before.py"),
                "kind": card.kind,
                "instruction": card.instruction,
            },
            entry_point=_functions(folder / "after.py", after)[0],
            reference=f"```python\n{after}```\n",
            # Each test is the whole of tests.py and the call of one function in it.
            tests=tuple(
                UnitTest(name, f"{tests}\n{name}()\n")
                for name in _functions(folder / "tests.py", tests)
                if name.startswith((NEW, KEPT))
            ),
            environment=self.spec.environment,
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"the file '{path}' cannot be read: {error}") from error


def _functions(path: Path, source: str) -> list[str]:
    """The functions and classes at the top level of a file, of which there has to be one."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise DataError(f"'{path}' is not Python: {error}") from error
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if not names:
        raise DataError(f"'{path}' defines no function and no class")
    return names
