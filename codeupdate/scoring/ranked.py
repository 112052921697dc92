"""What a ranking of the answers to a question is worth: its first one against all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from codeupdate.scoring.intervals import clustered_mean
from codeupdate.scoring.metrics import Metric, Scored, metric

__all__ = ["ranked_metrics"]


def ranked_metrics(samples: Sequence[Scored]) -> dict[str, Metric]:
    """``ranked_pass@1``, the share of questions whose first sample passed, and
    ``ranking_gain``, how much that is above pass@1; ``samples`` are in order of rank."""
    by_unit: dict[str, list[Scored]] = defaultdict(list)
    for sample in samples:
        by_unit[sample.unit].append(sample)
    first = [own[0] for own in by_unit.values()]
    return {
        "ranked_pass@1": metric(first, lambda sample: sample.passed),
        "ranking_gain": _gain(list(by_unit.values())),
    }


def _gain(questions: Sequence[Sequence[Scored]]) -> Metric:
    clusters = [own[0].cluster for own in questions]
    least, most = [], []
    for first, *others in questions:
        rest = len(others) / (len(others) + 1)
        least.append(rest * _value(first, 0.0) - sum(_value(s, 1.0) for s in others) * (1 - rest))
        most.append(rest * _value(first, 1.0) - sum(_value(s, 0.0) for s in others) * (1 - rest))
    low = clustered_mean(least, clusters, bounds=(-1.0, 1.0))
    if least == most:
        return Metric(low.value, low.low, low.high)
    return Metric(None, low.low, clustered_mean(most, clusters, bounds=(-1.0, 1.0)).high)


def _value(sample: Scored, unknown: float) -> float:
    return unknown if sample.passed is None else float(sample.passed)
