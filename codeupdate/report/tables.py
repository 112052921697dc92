"""Tables for a terminal or a notebook: what each arm reached, and what it gained or lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from codeupdate.evaluation.results import ArmResult, Comparison, Result
from codeupdate.scoring.metrics import Metric

__all__ = ["comparison_table", "notes", "percent", "results_table", "shown_metrics"]

#: Metrics that have a column, in order; those of pass@k stand before them.
COLUMNS = ("adoption", "specificity", "retention")
#: A share of samples above which a fault of extraction or length is worth a line.
NOTEWORTHY = 0.01


def results_table(result: Result) -> RenderableType:
    """Everything that a run found, for a person."""
    parts: list[RenderableType] = []
    for task in dict.fromkeys(arm.task for arm in result.results):
        arms = [arm for arm in result.results if arm.task == task]
        parts.append(_arms_table(task, arms))
        compared = [found for found in result.comparisons if found.task == task]
        if compared:
            parts.append(comparison_table(compared))
    parts += [Text(f"note: {line}", style="yellow") for line in notes(result)]
    return Group(*parts)


def shown_metrics(arms: Sequence[ArmResult]) -> list[str]:
    """The metrics that have a column: upass@k only where it says more than pass@k."""
    names = list(dict.fromkeys(name for arm in arms for name in arm.metrics))
    passes = [name for name in names if name.startswith("pass@")]
    for name in names:
        if name.startswith("upass@"):
            plain = name.removeprefix("u")
            if any(arm.metrics[name] != arm.metrics[plain] for arm in arms):
                passes.append(name)
    return passes + [name for name in COLUMNS if name in names]


def _arms_table(task: str, arms: Sequence[ArmResult]) -> Table:
    model = arms[0].arm.model
    problems = arms[0].problems
    table = Table(
        title=f"{task}, {model}, {problems} problems", title_justify="left", title_style="bold"
    )
    table.add_column("arm", no_wrap=True)
    columns = shown_metrics(arms)
    best = {name: _best(arms, name) for name in columns}
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("s/edit", justify="right", no_wrap=True)
    for arm in arms:
        cells: list[RenderableType] = []
        for name in columns:
            found = arm.metrics.get(name)
            cells.append(_cell(found, found is not None and found.value == best[name]))
        seconds = f"{arm.cost.seconds_per_edit:.1f}" if arm.cost.edits else "–"
        table.add_row(_label(arm), *cells, seconds)
    table.caption = "95 % intervals, resampled by update; * is the best"
    table.caption_justify = "left"
    return table


def _best(arms: Sequence[ArmResult], name: str) -> float | None:
    values = [m.value for arm in arms if (m := arm.metrics.get(name)) and m.value is not None]
    return max(values) if len(values) > 1 and max(values) > min(values) else None


def _label(arm: ArmResult) -> str:
    label = arm.arm.editor
    if arm.arm.strategy != "direct":
        label += f", {arm.arm.strategy}"
    return label if arm.arm.prompt == "prompt" else f"{label}, {arm.arm.prompt}"


def _cell(metric: Metric | None, best: bool) -> Text:
    if metric is None:
        return Text("–")
    if metric.value is None:
        return Text(f"unknown\n{_bounds(metric)}", style="yellow")
    mark = "*" if best else " "
    return Text.assemble(
        (f"{percent(metric.value)} %{mark}", "bold" if best else ""),
        (f"\n{_bounds(metric)}", "dim"),
    )


def percent(value: float) -> str:
    """A fraction in per cent, with one digit after the point: ``77.3``."""
    return f"{100 * value:.1f}"


def _bounds(metric: Metric) -> str:
    return f"{percent(metric.low)}–{percent(metric.high)} "


def comparison_table(comparisons: Sequence[Comparison]) -> Table:
    """What each arm gained or lost against the baseline, on the same questions."""
    baselines = dict.fromkeys(comparison.baseline for comparison in comparisons)
    against = ", ".join(f"{arm.editor} of {arm.model}" for arm in baselines)
    table = Table(title=f"against {against}", title_justify="left", title_style="bold")
    table.add_column("arm", no_wrap=True)
    table.add_column("metric", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("flips", justify="right", no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    for found in comparisons:
        difference = found.difference
        table.add_row(
            found.arm.editor,
            found.metric,
            f"{100 * difference.value:+.1f}",
            f"{100 * difference.low:+.1f} … {100 * difference.high:+.1f}",
            f"+{found.flips.positive} −{found.flips.negative}",
            "< 0.001" if found.p_adjusted < 0.001 else f"{found.p_adjusted:.3f}",
        )
    table.caption = "percentage points; p of McNemar's test after Holm's correction"
    table.caption_justify = "left"
    return table


def notes(result: Result) -> Iterator[str]:
    """What a reader must know before believing the numbers, a sentence each."""
    if result.failures:
        yield (
            f"{result.failures} samples could not be judged because the sandbox failed; they "
            f"count neither way: try them again with codeupdate eval --resume {result.run}"
        )
    unfinished = result.unknown
    if unfinished:
        yield (
            f"{unfinished} planned samples are not judged yet; metrics that depend on them show "
            f"bounds only: continue with codeupdate eval --resume {result.run}"
        )
    for arm in result.results:
        for name, what in (
            ("extraction_failures", "held no code that could be found"),
            ("truncations", "were cut off at the token limit"),
        ):
            found = arm.metrics.get(name)
            if found and found.value is not None and found.value > NOTEWORTHY:
                yield f"{arm.task}, {arm.arm.editor}: {percent(found.value)} % of samples {what}"
