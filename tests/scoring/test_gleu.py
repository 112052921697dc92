"""GLEU of Napoles et al., by its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeupdate.scoring.gleu import corpus_gleu, gleu

SENTENCE = st.lists(
    st.sampled_from(["the", "a", "name", "of", "user"]), min_size=1, max_size=7
).map(" ".join)
OLD = "returns the name of the user"
NEW = "returns the id of the user"


@given(SENTENCE, SENTENCE, SENTENCE)
def test_between_0_and_1_and_1_for_the_reference(source: str, reference: str, answer: str) -> None:
    assert 0 <= gleu(source, reference, answer) <= 1 + 1e-9
    assert gleu(source, reference, reference) == pytest.approx(1)
    assert 0 <= corpus_gleu([(source, reference, answer)]) <= 1 + 1e-9


@given(SENTENCE, SENTENCE)
def test_keeping_what_was_to_change_never_helps(reference: str, answer: str) -> None:
    """The more of an answer stood in the source, the less it is worth."""
    assert gleu(answer, reference, answer) <= gleu("other", reference, answer) + 1e-9


def test_by_hand() -> None:
    # Words: 5 hits, less 1 for "name"; pairs: "returns the", "of the", "the user", less "the
    # name" and "name of"; threes: "of the user", less 3 that have "name"; fours: none.
    expected = (4 / 6 * (1 + 1) / (5 + 1) * (0 + 1) / (4 + 1) * (0 + 1) / (3 + 1)) ** 0.25
    assert gleu(OLD, NEW, OLD) == pytest.approx(expected)
    assert gleu("x", "one", "two") == 0  # the smoothing does not make a wrong word right
    assert gleu("x", "one", "") == 0


def test_of_a_corpus_the_counts_are_added() -> None:
    both = [(OLD, NEW, NEW), (OLD, NEW, OLD)]
    expected = ((6 + 4) / 12 * (5 + 1) / 10 * (4 + 0) / 8 * (3 + 0) / 6) ** 0.25
    assert corpus_gleu(both) == pytest.approx(expected)
    assert corpus_gleu([(OLD, NEW, OLD)]) == 0
