"""LintSeq in a whole run: a model that answers in edits, and coverage as samples grow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import codeupdate as cu
from codeupdate.edit_sequences import differences, joined, sample_states
from codeupdate.report import sample_rows
from codeupdate.scoring import pass_at_k
from codeupdate.tasks import load_task
from codeupdate.types import Prompt, Sample, Sampling
from tests.shared import sandbox_or_skip

pytest.importorskip("pyflakes", reason="needs the extra 'lintseq'")

N = 4


class InEdits:
    """Writes each program by a way of its own; of problem ``i`` the first ``i`` are right."""

    name = fingerprint = "in-edits"

    def __init__(self) -> None:
        self.right = {one.id: one.reference for one in load_task("kit-base").problems()}

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for number, prompt in enumerate(prompts):
            yield tuple(
                Sample(number, i, self._answer(prompt, i, i < number), 1, 1, "stop")
                for i in range(sampling.n)
            )

    def _answer(self, prompt: Prompt, seed: int, right: bool) -> str:
        body = self.right[prompt.problem] if right else "    return None\n"
        return joined(differences(sample_states(prompt.text + body, seed)))


def test_coverage_as_samples_grow(tmp_path: Path) -> None:
    sandbox_or_skip("local")
    (result,) = cu.evaluate(
        InEdits(),
        "kit-base",
        strategy="lintseq",
        limit=N + 1,
        n=N,
        k=tuple(range(1, N + 1)),
        sandbox="local",
        output=tmp_path / "run",
        progress=False,
    ).result.results
    for k in range(1, N + 1):
        coverage = sum(pass_at_k(N, right, k) for right in range(N + 1)) / (N + 1)
        assert result.metrics[f"pass@{k}"].value == pytest.approx(coverage)
    assert all("@@" not in row["completion"] for row in sample_rows(tmp_path / "run"))
