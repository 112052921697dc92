"""Part by part: what each question shows, and what becomes of the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from codeupdate.errors import UsageError
from codeupdate.strategies import converse, load_strategy
from codeupdate.types import Problem, Prompt, Sample, Sampling
from tests.strategies.doubles import Model, Sandbox, ShownTask, asked


class Parts(ShownTask):
    def steps(self, problem: Problem) -> Sequence[str]:
        return ["one", "two", "three"]

    def step_prompt(
        self, problem: Problem, strategy: str, step: str, written: Mapping[str, str]
    ) -> Prompt:
        return Prompt(f"{strategy} {step} after {'+'.join(written.values())}")

    def step_code(self, problem: Problem, step: str, text: str) -> str:
        return f"<{text}>"

    def assemble(self, problem: Problem, written: Mapping[str, str]) -> str:
        return " ".join(written.values())


def answer(prompt: Prompt, sampling: Sampling, index: int) -> str:
    return f"{prompt.text.split()[1]}{index + sampling.seed}"


def solved(strategy: str, n: int) -> tuple[Model, tuple[Sample, ...]]:
    model = Model(answer)
    ((found,),) = converse(
        load_strategy(strategy),
        model,
        asked(Parts(), "question"),
        Sampling(n=n, temperature=0.5),
        Sandbox(lambda _: True),
        lambda _: None,
    )
    return model, found.samples


def test_incremental_shows_each_sample_what_it_wrote() -> None:
    model, samples = solved("incremental", 2)
    assert [sample.text for sample in samples] == [
        "<one0> <two0> <three0>",
        "<one1> <two1> <three1>",
    ]
    assert model.calls == [
        ["incremental one after "],
        ["incremental two after <one0>"],
        ["incremental two after <one1>"],
        ["incremental three after <one0>+<two0>"],
        ["incremental three after <one1>+<two1>"],
    ]
    assert samples[0].prompt_tokens == 30


def test_compositional_shows_nothing_of_the_others() -> None:
    model, samples = solved("compositional", 2)
    assert [sample.text for sample in samples] == [
        "<one0> <two0> <three0>",
        "<one1> <two1> <three1>",
    ]
    assert model.calls == [[f"compositional {part} after "] for part in ("one", "two", "three")]


@pytest.mark.parametrize("strategy", ["incremental", "compositional"])
def test_a_task_without_parts_is_refused(strategy: str) -> None:
    with pytest.raises(UsageError, match="does not say what its parts are"):
        load_strategy(strategy).check(ShownTask())  # type: ignore[arg-type]
