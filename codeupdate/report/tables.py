"""Tables for a terminal or a notebook: what each arm reached, and what it gained or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.jupyter import JupyterMixin
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from codeupdate.evaluation.comparing import Comparison
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.report.notes import notes
from codeupdate.scoring.metrics import Metric
from codeupdate.types import Arm

__all__ = [
    "ArmsTable",
    "Parts",
    "best_value",
    "comparison_table",
    "count_range",
    "percent",
    "plain_table",
    "results_table",
    "shown",
    "shown_metrics",
]

#: Metrics that have a column; those of pass@k stand before them.
COLUMNS = ("hit_rate", "adoption", "specificity", "retention")
SECONDS = "s/edit"


class Parts(JupyterMixin, Group):
    """What follows one another; a notebook shows it, too."""


def results_table(result: Result) -> RenderableType:
    """Everything that a run found, for a person; it fits the width it is printed at."""
    parts: list[RenderableType] = []
    for task in dict.fromkeys(arm.task for arm in result.results):
        arms = [arm for arm in result.results if arm.task == task]
        parts += [ArmsTable(task, arms), Text()]
        compared = [found for found in result.comparisons if found.task == task]
        if compared:
            parts += [comparison_table(compared), Text()]
    parts += [Text(f"note: {line}", style="yellow") for line in notes(result)]
    return Parts(*parts)


def shown_metrics(arms: Sequence[ArmResult]) -> list[str]:
    """The metrics that have a column: upass@k only where it says more than pass@k, then what
    the task measures."""
    names = list(dict.fromkeys(name for arm in arms for name in arm.metrics))
    passes = [name for name in names if name.startswith("pass@")]
    for name in names:
        plain = name.removeprefix("u")
        if name.startswith("upass@") and any(
            arm.metrics.get(name) != arm.metrics.get(plain) for arm in arms
        ):
            passes.append(name)
    measures = {name for arm in arms for name in arm.measures}
    return passes + [name for name in names if name in COLUMNS or name in measures]


def best_value(arms: Sequence[ArmResult], name: str) -> float | None:
    """The best known value of the metric ``name``; None where no arm beats another."""
    values = [m.value for arm in arms if (m := arm.metrics.get(name)) and m.value is not None]
    best = min if any(arm.measures.get(name) == "lower" for arm in arms) else max
    return best(values) if len(values) > 1 and max(values) > min(values) else None


def shown(value: float, unit: str = "%") -> str:
    """A value in the unit of its metric: a fraction in per cent, milliseconds, nats."""
    if unit == "%":
        return f"{percent(value)} %"
    return f"{value:.4f} {unit}" if unit == "nats" else f"{value:.1f} {unit}"


def percent(value: float) -> str:
    """A fraction in per cent, with one digit after the point: ``77.3``."""
    return f"{100 * value:.1f}"


def count_range(counts: Sequence[int]) -> str:
    """How many they are, where there may be arms with more and with fewer: ``20 to 164``."""
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


# ---------------------------------------------------------------------- what was reached


@dataclass(frozen=True, slots=True)
class ArmsTable:
    """A row per arm of one task. Columns that do not fit side by side go on below.

    Not ``ranked``: the arms were not asked the same problems, and none is marked as the best.
    """

    task: str
    arms: Sequence[ArmResult]
    ranked: bool = True

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        models = ", ".join(dict.fromkeys(arm.arm.model for arm in self.arms))
        title = f"{self.task}: {models}, {count_range([a.problems for a in self.arms])} problems"
        each = [arm.samples // arm.problems for arm in self.arms if arm.problems]
        if any(count != 1 for count in each):
            title += f" × {count_range(each)} samples"
        yield Text(title, style="bold")
        labels = arm_labels(arm.arm for arm in self.arms)
        left = [*shown_metrics(self.arms), SECONDS]
        while left:
            count = len(left)
            while count > 1 and not _fits(self._table(left[:count], labels), console, options):
                count -= 1
            yield self._table(left[:count], labels)
            left = left[count:]
            if left:
                yield Text()
        caption = "95 % intervals, updates (or contexts) resampled"
        if any("specificity" in arm.metrics for arm in self.arms):
            caption += " (of specificity, edits and problems)"
        caption += "; "
        caption += "* best of its column" if self.ranked else "not of the same problems"
        if any(metric.value is None for arm in self.arms for metric in arm.metrics.values()):
            caption += "; unknown: between these bounds, see the notes"
        yield Text(caption, style="dim")

    def _table(self, columns: Sequence[str], labels: Mapping[Arm, str]) -> Table:
        table = plain_table("arm")
        for name in columns:
            table.add_column(Text(name), justify="right", no_wrap=True)
        best = {name: best_value(self.arms, name) if self.ranked else None for name in columns}
        for arm in self.arms:
            table.add_row(
                Text(labels[arm.arm]),
                *(
                    _seconds(arm)
                    if name == SECONDS
                    else _cell(arm.metrics.get(name), best[name], arm.units.get(name, "%"))
                    for name in columns
                ),
            )
        return table


def plain_table(first: str) -> Table:
    """A table without a frame whose first column may be folded."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold", min_width=8)
    return table


def _fits(table: Table, console: Console, options: ConsoleOptions) -> bool:
    unlimited = options.update(max_width=10_000)
    return Measurement.get(console, unlimited, table).maximum <= options.max_width


def _cell(metric: Metric | None, best: float | None, unit: str) -> Text:
    """The value above its interval; the star has a place of its own, so that points align."""
    if metric is None:
        return Text("– ")
    ends = [shown(end, unit).removesuffix(f" {unit}") for end in (metric.low, metric.high)]
    bounds = f"\n{ends[0]}–{ends[1]} "
    if metric.value is None:
        return Text.assemble(("unknown ", "yellow"), (bounds, "dim"))
    is_best = metric.value == best
    return Text.assemble(
        (f"{shown(metric.value, unit)}{'*' if is_best else ' '}", "bold" if is_best else ""),
        (bounds, "dim"),
    )


def _seconds(arm: ArmResult) -> Text:
    return Text(f"{arm.cost.seconds_per_edit:.1f}" if arm.cost.edits else "–")


# ---------------------------------------------------------------- what was gained or lost


def comparison_table(comparisons: Sequence[Comparison]) -> RenderableType:
    """What each arm gained or lost against its baseline, on the same questions."""
    baselines = list(dict.fromkeys(found.baseline for found in comparisons))
    same = all(replace(one.arm, model="") == replace(one.baseline, model="") for one in comparisons)
    if len(baselines) == 1:
        title = f"against {arm_name(baselines[0])}"
    elif same:
        models = ", ".join(dict.fromkeys(arm.model for arm in baselines))
        title = f"each against the same arm of {models}"
    else:
        title = "differences"
    rows = _Differences(comparisons, named=len(baselines) > 1 and not same)
    caption = "percentage points; flips of first samples, p of McNemar's test (of measures, the sign test) after Holm"
    if any(found.metric == "specificity" for found in comparisons):
        caption += "; flips of specificity after the first edit alone"
    return Parts(Text(title, style="bold"), rows, Text(caption, style="dim"))


@dataclass(frozen=True, slots=True)
class _Differences:
    """A row per comparison. Where it is narrow, intervals stand below the differences; the
    baseline stands below the arm where it is ``named``."""

    comparisons: Sequence[Comparison]
    named: bool

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        wide = self._table(stacked=False)
        yield wide if _fits(wide, console, options) else self._table(stacked=True)

    def _table(self, *, stacked: bool) -> Table:
        labels = arm_labels(found.arm for found in self.comparisons)
        table = plain_table("arm")
        table.add_column("metric", no_wrap=True)
        spread = ["difference"] if stacked else ["difference", "95 % interval"]
        for name in (*spread, "questions", "flips", "p"):
            table.add_column(name, justify="right", no_wrap=True)
        for found in self.comparisons:
            points = [100 * end for end in (found.difference.low, found.difference.high)]
            texts = [
                f"{100 * found.difference.value:+.1f}",
                f"{points[0]:+.1f} … {points[1]:+.1f}",
            ]
            table.add_row(
                Text(labels[found.arm] + f"\nagainst {arm_name(found.baseline)}" * self.named),
                Text(found.metric),
                *(["\n".join(texts)] if stacked else texts),
                f"{found.questions:,}",
                f"+{found.flips.positive}/−{found.flips.negative}",
                "< 0.001" if found.p_adjusted < 0.001 else f"{found.p_adjusted:.3f}",
            )
        return table
