"""BLEU (Papineni et al. 2002) of single answers, in the two forms that the benchmarks use.

A benchmark's figure is the mean over its answers, not the BLEU of all of them as one text.
"""

from __future__ import annotations

import math

from codeupdate.errors import MissingExtra
from codeupdate.scoring.ngrams import ngrams, tokens, words

__all__ = ["bleu", "smoothed_bleu4"]

ORDER = 4


def bleu(reference: str, answer: str) -> float:
    """BLEU of code, as sacrebleu computes it for one sentence.

    Runs of up to four tokens, no longer than the answer itself; a run that the reference
    does not have counts 1/2, 1/4, … (Chen and Cherry 2014, method 3).

    Raises:
        MissingExtra: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise MissingExtra("BLEU", "sacrebleu", "text") from error
    metric = BLEU(tokenize="none", effective_order=True)
    found = metric.sentence_score(" ".join(tokens(answer)), [" ".join(tokens(reference))])
    # Of two texts without any token nothing can be said but that they are equal.
    return found.score / 100 if tokens(reference) or tokens(answer) else 1.0


def smoothed_bleu4(reference: str, answer: str) -> float:
    """BLEU-4 of prose with the smoothing of Lin and Och (2004), as CodeXGLUE, CodeReviewer
    and Fan et al. (arXiv 2407.02824) compute it.

    One is added to hits and runs from the second order on, and, unlike elsewhere, to both
    lengths in the penalty of short answers.
    """
    wanted, given = words(reference), words(answer)
    total = 0.0
    for n in range(1, ORDER + 1):
        runs = ngrams(given, n)
        hits = (runs & ngrams(wanted, n)).total() + (n > 1)
        possible = runs.total() + (n > 1)
        if not hits and possible:
            return 0.0
        total += math.log(hits / possible) if possible else 0.0
    short = min(0.0, 1 - (len(wanted) + 1) / (len(given) + 1))
    return math.exp(total / ORDER + short)
