"""LintSeq: a model that answers in edits is understood (Piterbarg et al. 2024, arXiv 2410.02749)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codeupdate.edit_sequences import resolve
from codeupdate.strategies.protocol import Ask, Asked, Steps, ask
from codeupdate.tasks.protocol import Task
from codeupdate.types import Sample, Sampling

__all__ = ["LintSeq"]


class LintSeq:
    """Ask once; an answer of consecutive diffs stands for the program that they come to.

    An answer without any is left as it is. Coverage as a function of samples, by which the
    authors compare, is pass@k for every k that ``-k 1,2,3,…`` names.
    """

    name = "lintseq"

    def check(self, task: Task) -> None:
        """Every problem can be asked."""

    def solve(self, asked: Asked, sampling: Sampling) -> Steps[Sequence[Sample]]:
        (samples,) = yield from ask(Ask(asked.prompt, sampling))
        return [_resolved(sample) for sample in samples]


def _resolved(sample: Sample) -> Sample:
    found = resolve(sample.text)
    return replace(sample, text=found.program) if found.edits else sample
