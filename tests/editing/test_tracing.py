"""Causal tracing: what the subject is, and effects against runs made by hand."""

from __future__ import annotations

import pytest

from codeupdate.editing.tracing import PLACES, subject_spans, trace
from codeupdate.errors import EditError
from codeupdate.models import load_model
from codeupdate.tasks import load_task
from codeupdate.types import Example

torch = pytest.importorskip("torch", reason="needs the extra 'transformers'")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ('def f(row):\n    """Sort row, now."""\n', ["Sort", "now"]),
        ("# take the {first} one\nx = kit.", ["take", "the", "first", "one"]),
        ("def f(row):\n    return kit.", []),
        ('"""Never ended', []),
        ("", []),
    ],
)
def test_the_subject_is_what_the_prompt_says_in_words(prompt: str, words: list[str]) -> None:
    assert [prompt[start:end] for start, end in subject_spans(prompt)] == words


def test_where_tiny_knows_which_function_is_asked_for() -> None:
    """Restoring everything that the last token has read restores the answer; what was never
    corrupted has no effect."""
    model = load_model("tiny")
    update = load_task("kit-update").updates()["shift-function-renamed"]
    single = [e for e in update.examples if e.completion.startswith("    return")][:2]
    found = trace(model, single, samples=2)
    assert found.examples + found.passed_over == 2
    assert found.clean > 0.9
    assert found.corrupted < found.clean / 2
    states = dict(zip(PLACES, found.states, strict=True))
    assert states["last token"][-1] == pytest.approx(found.clean - found.corrupted, abs=1e-4)
    assert states["before the subject"] == pytest.approx([0.0] * 5, abs=1e-4)
    # What the last block writes at other tokens is read by nobody.
    assert all(states[place][-1] == pytest.approx(0.0, abs=1e-4) for place in PLACES[:-1])
    assert found.layer == max(range(5), key=lambda layer: found.mlps[-1][layer])
    again = trace(model, single, samples=2)
    assert again == found
    # All MLPs at once do at least what is known of one.
    wide = trace(model, single, samples=2, window=5)
    assert len(set(wide.mlps[-1])) == 1


def test_examples_without_words_cannot_be_traced() -> None:
    with pytest.raises(EditError, match="nothing to trace"):
        trace(load_model("tiny"), [Example("def f(xs):\n", "    return kit.zubo(xs)\n")])
