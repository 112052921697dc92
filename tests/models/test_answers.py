"""Answers that are known before they are asked for."""

from __future__ import annotations

import pytest

from codeupdate.errors import ModelError, UsageError
from codeupdate.models.answers import AnswerBook
from codeupdate.types import Prompt, Sample, Sampling

BOOK = AnswerBook("recorded:x", {"a": ["1", "2"]})


def asked(problem: str, n: int) -> list[tuple[Sample, ...]]:
    return list(BOOK.batches([Prompt("", problem=problem)], Sampling(n=n)))


def test_too_few_answers_say_what_would_work() -> None:
    with pytest.raises(ModelError, match=r"has 2 answers .* use -n 2"):
        asked("a", 3)


def test_a_problem_without_answers_is_answered_with_nothing() -> None:
    assert asked("c", 2) == [
        (Sample(0, 0, "", 0, 0, "missing"), Sample(0, 1, "", 0, 0, "missing")),
    ]
    assert [sample.finish_reason for sample in asked("a", 2)[0]] == ["stop", "stop"]


def test_generate_takes_texts_and_gives_texts() -> None:
    found = AnswerBook("x", {"a": ["1"]}).generate([Prompt("", problem="a"), "unknown"])
    assert found == ["1", ""]
    with pytest.raises(UsageError, match=r"generate\(\[text\]\)"):
        BOOK.generate("text")
    with pytest.raises(UsageError, match=r"generate\(\[text\]\)"):
        BOOK.generate(None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a prompt is a text or a Prompt, and not 1"):
        BOOK.generate(["text", 1])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="batches gives several"):
        BOOK.generate(["text"], Sampling(n=2))
