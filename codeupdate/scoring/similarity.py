"""How alike two texts are: every function gives a number from 0 to 1.

=========================  ==============================================================
``exact_match``            RepoBench (Liu et al. 2023, arXiv 2306.03091): equal but for space
``edit_similarity``        the same: ``fuzz.ratio``, which is 1 less the distance of
                           insertions and deletions over the sum of lengths
``relative_edit_distance`` CodeSync (arXiv 2502.16645, appendix D.1.3): Levenshtein's
                           distance over the longer length; 0 is equal
``rouge_l``                ROUGE-L (Lin 2004) as CodeSync defines it in appendix D.1.2: the
                           longest common subsequence over the reference's length
``same_letters``           accuracy of comment updates (arXiv 2407.02824): equal letters and
                           digits, whatever their case and whatever is between them
=========================  ==============================================================
"""

from __future__ import annotations

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq, Levenshtein

from codeupdate.scoring.ngrams import tokens

__all__ = ["edit_similarity", "exact_match", "relative_edit_distance", "rouge_l", "same_letters"]


def exact_match(reference: str, answer: str) -> float:
    """1 where they are equal but for spaces and line breaks."""
    return float(reference.split() == answer.split())


def edit_similarity(reference: str, answer: str) -> float:
    """``fuzz.ratio`` as a fraction. (Older releases of that function round it to per cent.)"""
    return fuzz.ratio(reference, answer) / 100


def relative_edit_distance(reference: str, answer: str) -> float:
    """Characters to insert, delete or replace, over the length of the longer one."""
    return Levenshtein.normalized_distance(reference, answer)


def rouge_l(reference: str, answer: str) -> float:
    """The share of the reference's tokens that the answer has in the same order."""
    wanted = tokens(reference)
    if not wanted:
        return float(not tokens(answer))
    return LCSseq.similarity(wanted, tokens(answer)) / len(wanted)


def same_letters(reference: str, answer: str) -> float:
    """1 where both have the same letters and digits in the same order."""
    return float(_letters(reference) == _letters(answer))


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
