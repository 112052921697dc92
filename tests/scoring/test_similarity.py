"""Similarities against their definitions and against libraries that are kept well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics.distance import edit_distance
from rapidfuzz.distance import Indel
from rouge_score.rouge_scorer import RougeScorer

from codeupdate.scoring.ngrams import tokens, words
from codeupdate.scoring.similarity import (
    edit_similarity,
    exact_match,
    relative_edit_distance,
    rouge_l,
    same_letters,
)


class Tokens:
    """The tokenizer for rouge_score."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)


ROUGE = RougeScorer(["rougeL"], tokenizer=Tokens())
TEXT = st.text(st.sampled_from("ab_(),=1 \n."), max_size=12)


def by_table(first: str, second: str) -> int:
    """Levenshtein's distance, from his recurrence."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        above, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


@given(TEXT, TEXT)
def test_relative_edit_distance_is_levenshteins_over_the_longer_length(a: str, b: str) -> None:
    expected = by_table(a, b) / max(len(a), len(b)) if a or b else 0
    assert relative_edit_distance(a, b) == pytest.approx(expected)


@given(TEXT, TEXT)
def test_edit_similarity_counts_insertions_and_deletions(a: str, b: str) -> None:
    expected = 1 - Indel.distance(a, b) / (len(a) + len(b)) if a or b else 1
    assert edit_similarity(a, b) == pytest.approx(expected)


@given(TEXT, TEXT)
def test_distances_are_nltks(a: str, b: str) -> None:
    """In which a replacement is one step, or two: a deletion and an insertion."""
    longer, both = max(len(a), len(b), 1), max(len(a) + len(b), 1)
    assert relative_edit_distance(a, b) == pytest.approx(edit_distance(a, b) / longer)
    steps = edit_distance(a, b, substitution_cost=2)
    assert edit_similarity(a, b) == pytest.approx(1 - steps / both)


def test_edit_similarity_by_hand() -> None:
    assert edit_similarity("abcd", "abxd") == 0.75  # three of four survive, on both sides


@given(TEXT, TEXT)
def test_rouge_l_is_the_recall_of_rouge_score(reference: str, answer: str) -> None:
    score = ROUGE.score(reference, answer)["rougeL"]
    if tokens(reference):
        assert rouge_l(reference, answer) == pytest.approx(score.recall)
    else:
        assert rouge_l(reference, answer) == float(not tokens(answer))


@pytest.mark.parametrize(
    ("of", "equal"),
    [
        (exact_match, 1),
        (edit_similarity, 1),
        (relative_edit_distance, 0),
        (rouge_l, 1),
        (same_letters, 1),
    ],
)
@given(reference=TEXT, answer=TEXT)
def test_all_lie_between_0_and_1_and_know_equal_texts(
    of: Callable[[str, str], float], equal: float, reference: str, answer: str
) -> None:
    assert 0 <= of(reference, answer) <= 1
    assert of(reference, reference) == equal


def test_exact_match_ignores_space_and_nothing_else() -> None:
    assert exact_match("x = f(a,  b)", " x = f(a, b)\n") == 1
    assert exact_match("x = f(a, b)", "x = f(a,b)") == 0
    assert exact_match("X", "x") == 0


def test_accuracy_of_comments_looks_at_letters_and_digits() -> None:
    assert same_letters("Returns the user's name.", "returns the users name") == 1
    assert same_letters("Returns name 1", "Returns name 2") == 0


def test_tokens_and_words() -> None:
    assert tokens("f(a_1, x=2.5)") == ["f", "(", "a_1", ",", "x", "=", "2", ".", "5", ")"]
    assert words("Don't use A_b!") == ["don", "'", "t", "use", "a", "_", "b", "!"]
