"""What an edit keeps are tokens that are the same in both texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codeupdate.errors import UsageError
from codeupdate.kvcache.edits import Edit, applied, in_order
from codeupdate.kvcache.tokens import kept, tokenize
from tests.kvcache.tokenizers import byte_pairs
from tests.small_models import character_tokenizer

pytest.importorskip("tokenizers", reason="needs the extra 'transformers'")

TOKENIZERS = {
    "byte pairs": byte_pairs(),
    "with a first token": byte_pairs(first="<s>"),
    "with two": byte_pairs(first="</s> <s>"),
}
SOURCE = "def f(values):\n    return [value + 1 for value in values]\n\n\nprint(f([1, 2]), 'né…')\n"


@st.composite
def texts_and_edits(draw: Any) -> tuple[str, list[Edit]]:
    text = draw(st.sampled_from([SOURCE, SOURCE * 3, "", "x"]))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    new = st.sampled_from(["", "x", "\n\n", "value", " values", "  # né", "(("])
    return text, in_order(
        [Edit(a, b, draw(new)) for a, b in zip(edges[::2], edges[1::2], strict=False)], len(text)
    )


@pytest.mark.parametrize("name", TOKENIZERS)
@given(found=texts_and_edits())
@settings(deadline=None)
def test_runs_hold_the_same_tokens(name: str, found: tuple[str, list[Edit]]) -> None:
    text, edits = found
    old = tokenize(TOKENIZERS[name], text)
    new = tokenize(TOKENIZERS[name], applied(text, edits))
    runs = kept(old, new, edits)
    end_old = end_new = 0
    for run in runs:
        assert run.start >= end_old and run.to >= end_new and run.length > 0
        end_old, end_new = run.start + run.length, run.to + run.length
        assert old.ids[run.start : end_old] == new.ids[run.to : end_new]
    if not edits:
        assert sum(run.length for run in runs) == len(old) == len(new)


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("text", ["", "x", SOURCE])
def test_a_text_begins_as_the_model_is_asked_and_does_not_end(name: str, text: str) -> None:
    asked = TOKENIZERS[name](text)["input_ids"]
    ends = int(name != "byte pairs")  # </s>
    assert list(tokenize(TOKENIZERS[name], text).ids) == asked[: len(asked) - ends]


def test_what_lies_outside_is_refused_even_if_it_is_nothing() -> None:
    for edit in (Edit(9, 3), Edit(99, 99), Edit(-1, -1)):
        with pytest.raises(UsageError, match="lies outside the text"):
            in_order([edit], 10)


def test_all_but_the_edited_is_kept() -> None:
    tokenizer = character_tokenizer()
    edits = [Edit(2, 4, "xyz"), Edit(7, 7, "!")]
    old, new = tokenize(tokenizer, "abcdefghij"), tokenize(tokenizer, "abxyzefg!hij")
    assert [(r.start, r.to, r.length) for r in kept(old, new, edits)] == [
        (0, 0, 2),
        (4, 5, 3),
        (7, 9, 3),
    ]


def test_tokens_that_merge_across_the_border_of_an_edit_are_not_kept() -> None:
    tokenizer = byte_pairs()
    text, edits = "x = val + 1", [Edit(7, 7, "ues")]
    old, new = tokenize(tokenizer, text), tokenize(tokenizer, "x = values + 1")
    held = {i for run in kept(old, new, edits) for i in range(run.start, run.start + run.length)}
    assert "val" in tokenizer.decode([t for i, t in enumerate(old.ids) if i not in held])
