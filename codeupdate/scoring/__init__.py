"""Scoring: pure functions from verdicts to numbers."""

from __future__ import annotations

from codeupdate.scoring.intervals import Interval, clustered_mean, crossed_mean
from codeupdate.scoring.paired import Flips, holm, mcnemar, paired_difference
from codeupdate.scoring.passk import pass_at_k

__all__ = [
    "Flips",
    "Interval",
    "clustered_mean",
    "crossed_mean",
    "holm",
    "mcnemar",
    "paired_difference",
    "pass_at_k",
]
