"""GLEU: BLEU that also knows what was to be changed (Napoles et al. 2015, and its correction
of 2016, arXiv 1605.02592).

A run of words that the source has and the reference has not was to go away: where the
answer still has it, it is taken off the hits. This is what the work on comment updates
calls GLEU (Liu et al. 2020, CUP; Fan et al., arXiv 2407.02824); it has nothing to do with
the "Google BLEU" that nltk has under this name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from codeupdate.scoring.ngrams import ngrams, words

__all__ = ["corpus_gleu", "gleu"]

ORDER = 4


def gleu(source: str, reference: str, answer: str) -> float:
    """Of one answer: 1 where it is the reference.

    One is added to hits and runs from the second order on (Lin and Och 2004): without that
    almost every single answer has 0.
    """
    counts = list(_counts(source, reference, answer))
    smoothed = [(hits + (n > 0), runs + (n > 0)) for n, (hits, runs) in enumerate(counts[1:])]
    return _gleu([counts[0], *smoothed])


def corpus_gleu(texts: Iterable[tuple[str, str, str]]) -> float:
    """Of all answers as one text, which is what papers print: (source, reference, answer)."""
    rows = [list(_counts(*text)) for text in texts]
    return _gleu(
        [
            (sum(a), sum(b))
            for a, b in (zip(*column, strict=True) for column in zip(*rows, strict=True))
        ]
    )


def _counts(source: str, reference: str, answer: str) -> Iterator[tuple[int, int]]:
    """Lengths of answer and reference, then per order: hits, and runs of the answer."""
    old, wanted, given = words(source), words(reference), words(answer)
    yield len(given), len(wanted)
    for n in range(1, ORDER + 1):
        runs, right = ngrams(given, n), ngrams(wanted, n)
        wrong = ngrams(old, n)
        for run in right:
            del wrong[run]  # a Counter allows it where there is none
        hits = (runs & right).total() - (runs & wrong).total()
        yield max(hits, 0), runs.total()


def _gleu(counts: list[tuple[int, int]]) -> float:
    (given, wanted), *orders = counts
    if not given or any(not hits for hits, _ in orders):
        return 0.0
    precision = sum(math.log(hits / runs) for hits, runs in orders) / ORDER
    return math.exp(min(0.0, 1 - wanted / given) + precision)
