"""BLEU in both forms: against nltk, which shares no code with it, sacrebleu, and by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, modified_precision, sentence_bleu
from sacrebleu.metrics.bleu import BLEU

from codeupdate.errors import MissingExtra
from codeupdate.scoring.bleu import bleu, smoothed_bleu4
from codeupdate.scoring.ngrams import tokens, words

SENTENCE = st.lists(st.sampled_from(["the", "a", "cat", "sat", "on", "."]), max_size=9).map(
    " ".join
)


@given(SENTENCE, SENTENCE)
def test_the_smoothing_is_that_of_lin_and_och(reference: str, answer: str) -> None:
    """Where the answer is not short, the penalty is none in both."""
    assume(words(answer) and len(words(answer)) >= len(words(reference)) > 0)
    library = BLEU(tokenize="none", smooth_method="add-k", smooth_value=1, effective_order=True)
    theirs = library.sentence_score(" ".join(words(answer)), [" ".join(words(reference))])
    assert smoothed_bleu4(reference, answer) == pytest.approx(theirs.score / 100)


@given(SENTENCE, SENTENCE)
def test_the_smoothing_is_added_to_what_nltk_counts(reference: str, answer: str) -> None:
    """Of any length: the penalty, which nltk has not, is written out here."""
    wanted, given_ = words(reference), words(answer)
    assume(wanted and given_)
    counts = [modified_precision([wanted], given_, n) for n in (1, 2, 3, 4)]
    runs = [max(len(given_) - n, 0) for n in range(4)]
    found = [(count.numerator * runs[n] // count.denominator) for n, count in enumerate(counts)]
    shares = [(found[n] + (n > 0)) / (runs[n] + (n > 0)) for n in range(4)]
    short = math.exp(min(0.0, 1 - (len(wanted) + 1) / (len(given_) + 1)))
    assert smoothed_bleu4(reference, answer) == pytest.approx(math.prod(shares) ** 0.25 * short)


def test_the_penalty_of_short_answers_adds_one_to_both_lengths() -> None:
    # 2 of 2 words, (1+1)/(1+1) pairs, 1/1, 1/1: only the penalty is left.
    assert smoothed_bleu4("fix the broken test", "fix the") == pytest.approx(math.exp(1 - 5 / 3))
    assert smoothed_bleu4("fix the broken test", "") == pytest.approx(math.exp(-4))


def test_smoothed_bleu_by_hand() -> None:
    # words 2/3, pairs (1+1)/(2+1), runs of three (0+1)/(1+1), of four (0+1)/(0+1)
    expected = (2 / 3 * 2 / 3 * 1 / 2 * 1) ** 0.25
    assert smoothed_bleu4("add a test", "Add a thing") == pytest.approx(expected)
    assert smoothed_bleu4("add a test", "nothing here") == 0


@pytest.mark.parametrize("of", [bleu, smoothed_bleu4])
@given(reference=SENTENCE, answer=SENTENCE)
def test_between_0_and_1_and_1_for_the_reference(of, reference: str, answer: str) -> None:  # type: ignore[no-untyped-def]
    assert 0 <= of(reference, answer) <= 1 + 1e-9
    assert of(reference, reference) == pytest.approx(1)


CODE = st.lists(st.sampled_from(["f", "(", ")", ",", "x", "=", "1", "a_b"]), max_size=14).map(
    " ".join
)


@given(CODE, CODE)
def test_bleu_of_code_is_nltks(reference: str, answer: str) -> None:
    wanted, given_ = tokens(reference), tokens(answer)
    assume(wanted and given_)
    orders = min(4, len(given_))
    theirs = sentence_bleu(
        [wanted],
        given_,
        weights=[1 / orders] * orders,
        smoothing_function=SmoothingFunction().method3,
    )
    assert bleu(reference, answer) == pytest.approx(theirs)


def test_bleu_of_code_is_sacrebleus() -> None:
    reference, answer = "(state, strict=True, assign=False)", "(state, strict=True)"
    joined = [" ".join(tokens(text)) for text in (answer, reference)]
    theirs = BLEU(tokenize="none", effective_order=True).sentence_score(joined[0], joined[1:])
    assert bleu(reference, answer) == pytest.approx(theirs.score / 100)
    assert bleu("(a)", "(a)") == pytest.approx(1)  # shorter than four tokens
    assert bleu("", "") == 1
    assert bleu("(a)", "") == 0


def test_without_sacrebleu_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sacrebleu.metrics.bleu", None)
    with pytest.raises(MissingExtra, match=r"codeupdate\[text\]"):
        bleu("a", "a")
