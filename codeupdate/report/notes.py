"""What a finding is worth: the headline, and what to know before believing the numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from codeupdate.evaluation.comparing import Comparison
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.report.labels import arm_labels

__all__ = ["SIGNIFICANT", "headline", "main_metric", "notes", "tested_metric"]

#: A share of samples above which a fault of extraction or length is worth a line.
NOTEWORTHY = 0.01
#: Below this a difference is more than chance would explain.
SIGNIFICANT = 0.05


def notes(result: Result) -> Iterator[str]:
    """What a reader must know before believing the numbers, a sentence each."""
    resume = f"codeupdate eval --resume {shlex.quote(str(result.run))}"
    if not result.results:
        yield f"nothing is planned in this run yet; begin again with {resume}"
    if result.failures:
        yield (
            f"{result.failures} of the samples could not be judged because the sandbox failed; they "
            f"count neither way: try again with {resume}"
        )
    if result.unknown:
        yield (
            f"{_samples(result.unknown)} not judged yet; metrics that depend on "
            f"{'it' if result.unknown == 1 else 'them'} show bounds only: continue with {resume}"
        )
    for task in dict.fromkeys(arm.task for arm in result.results):
        arms = [arm for arm in result.results if arm.task == task]
        yield from _faults(task, arms)
        yield from _suspicions(task, arms)
        yield from _cached(task, arms)


def _faults(task: str, arms: list[ArmResult]) -> Iterator[str]:
    """A line for each fault of answers that is too frequent to be left unsaid."""
    labels = arm_labels(arm.arm for arm in arms)
    for name, what in (
        ("extraction_failures", "samples that held no code that could be found"),
        ("truncations", "samples that were cut off at the token limit"),
        ("context_overflows", "samples whose prompt left no room for an answer in the context"),
    ):
        shares = [
            f"{_percent(found.value)} with {labels[arm.arm]}"
            for arm in arms
            if (found := arm.metrics.get(name))
            and found.value is not None
            and found.value > NOTEWORTHY
        ]
        if shares:
            yield f"{task}: {what}: {', '.join(shares)}"


def _suspicions(task: str, arms: list[ArmResult]) -> Iterator[str]:
    """A line where programs passed that reached for what judges them, however few."""
    labels = arm_labels(arm.arm for arm in arms)
    found = [
        f"{round(passes.value * arm.samples)} with {labels[arm.arm]}"
        for arm in arms
        if (passes := arm.metrics.get("suspicious_passes")) and passes.value
    ]
    if found:
        yield (
            f"{task}: samples that passed and did what ordinary solutions do not do (frames, "
            f"tracing, memory of the process): {', '.join(found)}; before you believe them, look "
            "at their suspicions, on the page (--html) or in an export (column suspicions)"
        )


def _cached(task: str, arms: list[ArmResult]) -> Iterator[str]:
    """A line where not everything was generated in this run: it took less time than it seems."""
    labels = arm_labels(arm.arm for arm in arms)
    found = [f"{n} with {labels[arm.arm]}" for arm in arms if (n := arm.cost.cached_samples)]
    if found:
        yield (
            f"{task}: samples that were taken from the cache of an earlier run: {', '.join(found)}; "
            "how long this run took says little of how long it takes to generate them (--no-cache)"
        )


def main_metric(arms: Sequence[ArmResult]) -> str:
    """The metric that says most about efficacy: pass@k of the smallest k that all arms were asked
    for, or the first that the task measures."""
    shared = [name for name in arms[0].metrics if all(name in arm.metrics for arm in arms)]
    passes = [name for name in shared or arms[0].metrics if name.startswith("pass@")]
    passes.sort(key=lambda name: int(name.removeprefix("pass@")))
    return [*passes, *arms[0].measures, *arms[0].metrics][0]


def tested_metric(name: str) -> str:
    """The metric whose test says most of whether a difference in ``name`` is chance.

    Of pass@k that is pass@1, for any k: McNemar's test takes one sample of a problem.
    """
    return re.sub(r"pass@\d+$", "pass@1", name)


def headline(result: Result) -> str:
    """The finding for the first task in a sentence or two, from the numbers."""
    if not result.results:
        return "Nothing has been evaluated yet."
    task = result.results[0].task
    arms = [arm for arm in result.results if arm.task == task]
    labels = arm_labels(arm.arm for arm in arms)
    name, model = main_metric(arms), arms[0].arm.model
    rates = {arm.arm: value for arm in arms if (value := arm.metrics[name].value) is not None}
    if len(rates) < len(arms):
        return (
            f"The run on {task} is not finished: {name} is known for {len(rates)} "
            f"of {len(arms)} arms."
        )
    best_of = min if arms[0].measures.get(name) == "lower" else max
    top = best_of(rates.values())
    if len(arms) == 1:
        return f"With {labels[arms[0].arm]}, {model} reaches {_percent(top)} {name} on {task}."
    winners = [arm for arm in arms if rates[arm.arm] == top]
    names = " and ".join(labels[arm.arm] for arm in winners)
    if len(winners) == len(arms):
        return f"All {len(arms)} arms reach {_percent(top)} {name} on {task} with {model}."
    against = [found for found in result.comparisons if found.task == task]
    if not against:
        return f"Best on {task}: {names}, with {_percent(top)} {name} of {model}."
    baseline = against[0].baseline
    if rates.get(baseline) == top:
        return f"No arm does better on {task} than {names}: {model} reaches {_percent(top)} {name}."
    best = winners[0]
    compared = {found.metric: found for found in against if found.arm == best.arm}
    sentence = (
        f"{names} {'brings' if len(winners) == 1 else 'bring'} {model} from "
        f"{_percent(rates[baseline])} to {_percent(top)} {name} on {task}"
    )
    sentence += _doubt(name, compared.get(tested_metric(name)))
    return f"{sentence}. {_price(best, compared.get('specificity'))}".rstrip()


def _doubt(name: str, tested: Comparison | None) -> str:
    """How a sentence on a difference in ``name`` ends, for what its test says."""
    if tested is None:
        return ", a difference that is not tested"
    may_be_chance = tested.p_adjusted >= SIGNIFICANT
    p = "p < 0.01" if tested.p_adjusted < 0.01 else f"p = {tested.p_adjusted:.2f}"
    if tested.metric == name:
        return f", a difference that may be chance ({p})" if may_be_chance else ""
    return (
        f"; only {tested.metric} is tested: {100 * tested.difference.value:+.1f} points, "
        f"{'which may be chance' if may_be_chance else 'beyond chance'} ({p})"
    )


def _price(arm: ArmResult, specificity: Comparison | None) -> str:
    """What the gain costs: time, and what is lost elsewhere."""
    parts = []
    if arm.cost.edits:
        parts.append(f"An edit takes {arm.cost.seconds_per_edit:.1f} s")
    if specificity is not None:
        change = 100 * specificity.difference.value
        low, high = 100 * specificity.difference.low, 100 * specificity.difference.high
        parts.append(
            f"unrelated problems change by {change:+.1f} points (95 % interval {low:+.1f} to {high:+.1f})"
        )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _samples(count: int) -> str:
    return "1 planned sample is" if count == 1 else f"{count} planned samples are"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
