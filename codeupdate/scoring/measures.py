"""Measures: numbers about samples that are not verdicts, such as a similarity.

A sample that a measure does not apply to has no part in it; a question is represented by
the mean of its samples, and the questions are averaged with their clusters resampled. A
sample that is not measured yet lies somewhere between 0 and 1, or the largest number seen
where that is more: the metric then has bounds and no value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import Literal

from codeupdate.scoring.intervals import clustered_mean
from codeupdate.scoring.metrics import Metric, Scored, Truth, metric

__all__ = ["Better", "Measure", "MeasureRates", "in_parts", "measure_metrics", "unit_means"]

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a task (or a strategy, of what it observes) declares of a measure: which way is better, whether it is 0 or 1, and
    whether a question has parts, each with a value of its own, ``NAME/PART``."""

    name: str
    better: Better = "higher"
    passes: bool = False
    parts: bool = False
    unit: str = "%"  # or "ms", "nats"

    def metric_names(self, ks: Sequence[int]) -> list[str]:
        """What it is reported as."""
        return [f"{self.name}_pass@{k}" for k in ks] if self.passes else [self.name]


@dataclass(frozen=True, slots=True)
class MeasureRates:
    """Per unit: its mean with the unknown at their least and at their most, its cluster."""

    low: Mapping[str, float]
    high: Mapping[str, float]
    clusters: Mapping[str, str]


def measure_metrics(
    samples: Sequence[Scored], measure: Measure, ks: Sequence[int]
) -> dict[str, Metric]:
    """The metrics of one measure by name; none where it applies to no sample.

    Raises:
        UsageError: a unit has fewer than k samples.
    """
    if measure.parts:
        samples = list(in_parts(samples, measure.name))
    taking_part = [s for s in samples if s.measures is None or measure.name in s.measures]
    if not any(s.measures for s in taking_part):
        return {}
    if measure.passes:
        names = measure.metric_names(ks)
        truth = partial(_passed, measure.name)
        return {name: metric(taking_part, truth, k=k) for name, k in zip(names, ks, strict=True)}
    return {measure.name: _mean(unit_means(taking_part, measure.name))}


def in_parts(samples: Sequence[Scored], name: str) -> Iterator[Scored]:
    """Every sample once for each part of its question, which is then a unit of its own:
    ``PART\\0QUESTION``.

    Where a sample is not measured its parts are those of the others; they stand or fall
    together in any case.
    """
    prefix = f"{name}/"
    parts: dict[str, dict[str, None]] = defaultdict(dict)
    for sample in samples:
        parts[sample.unit].update(
            dict.fromkeys(k for k in sample.measures or () if k.startswith(prefix))
        )
    for sample in samples:
        if sample.measures is None:
            for part in parts[sample.unit] or {prefix: None}:
                yield replace(sample, unit=f"{part}\0{sample.unit}")
        for part, value in (sample.measures or {}).items():
            if part.startswith(prefix):
                yield replace(sample, unit=f"{part}\0{sample.unit}", measures={name: value})


def unit_means(samples: Sequence[Scored], name: str) -> MeasureRates:
    """The mean of ``name`` of every unit that it applies to, or may apply to."""
    seen = [s.measures[name] for s in samples if s.measures and name in s.measures]
    most = max([1.0, *seen])
    low: dict[str, list[float]] = defaultdict(list)
    high: dict[str, list[float]] = defaultdict(list)
    clusters: dict[str, str] = {}
    for sample in samples:
        if sample.measures is None:
            ends = (0.0, most)
        elif name in sample.measures:
            ends = (sample.measures[name],) * 2
        else:
            continue
        low[sample.unit].append(ends[0])
        high[sample.unit].append(ends[1])
        clusters[sample.unit] = sample.cluster
    return MeasureRates(
        {unit: fmean(values) for unit, values in low.items()},
        {unit: fmean(values) for unit, values in high.items()},
        clusters,
    )


def _mean(rates: MeasureRates) -> Metric:
    clusters = [rates.clusters[unit] for unit in rates.low]
    bounds = (0.0, max([1.0, *rates.high.values()]))
    least = clustered_mean(list(rates.low.values()), clusters, bounds=bounds)
    if rates.low == rates.high:
        return Metric(least.value, least.low, least.high)
    most = clustered_mean(list(rates.high.values()), clusters, bounds=bounds)
    return Metric(None, least.low, most.high)


def _passed(name: str, sample: Scored) -> Truth:
    return None if sample.measures is None else sample.measures[name] >= 1
