"""Edits of whole files. A problem is a folder of files that people can read and run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from codeupdate import plugins
from codeupdate.kvcache.drawn import drawn
from codeupdate.sandbox.environments import StrictSpec, read_spec
from codeupdate.tasks import FolderTask
from codeupdate.tasks.extraction import extract
from codeupdate.tasks.sources import defined, read_source
from codeupdate.types import Extraction, Problem, Prompt, Sample, UnitTest

NEW = "new_"  # such a test fails on the file as it was
KEPT = "kept_"  # such a test passes on it too: it guards what has to stay


class Card(StrictSpec):
    """One ``problem.yaml``."""

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
        card = read_spec(folder / "problem.yaml", Card, "an edit problem")
        before = read_source(folder / "before.py")
        earlier = drawn(before, seed=folder.name)
        after, tests = read_source(folder / "after.py"), read_source(folder / "tests.py")
        return Problem(
            id=folder.name,
            task=self.name,
            fields={
                "file_name": card.file,
                "file_before": before,
                # Somebody has edited the file a moment ago, for models that keep their cache.
                "file_earlier": earlier.before if earlier else before,
                "kind": card.kind,
                "instruction": card.instruction,
            },
            entry_point=defined(after, folder / "after.py")[0],
            reference=f"```python\n{after}```\n",
            # Each test is the whole of tests.py and the call of one function in it.
            tests=tuple(
                UnitTest(name, f"{tests}\n{name}()\n")
                for name in defined(tests, folder / "tests.py")
                if name.startswith((NEW, KEPT))
            ),
            environment=self.spec.environment,
        )
