"""Plots of a run: how far each arm came, for which changes, and what it cost."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from codeupdate.errors import UsageError
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.report.labels import arm_labels
from codeupdate.report.looks import (
    COLOURS,
    DARK,
    MARKERS,
    OUTCOMES,
    PAGE_COLOURS,
    PAPER,
    SHADES,
    SOFT,
    styled,
)
from codeupdate.report.notes import main_metric
from codeupdate.scoring.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot", "svgs"]

#: A share that is wide enough for its number, in per cent.
WIDE_ENOUGH = 9
#: Above so many arms a table of shades is drawn instead of points and lines.
MANY = 8
ALL = "all"
#: What is written on the shades.
LIGHT_TEXT, DARK_TEXT = "#ffffff", "#10141a"
BAR_LOOK = {"elinewidth", "capsize"}  # what only error bars take
Drawing = Callable[["Axes", Sequence[ArmResult]], None]


def plot(result: Result, task: str | None = None) -> Figure:
    """All plots of one task, by default the first, in one figure.

    Raises:
        UsageError: the run has no such task.
        MissingExtra: matplotlib is not installed.
    """
    arms = _arms(result, task)
    with styled():
        drawings = _drawings(arms)
        rows = [drawings[start : start + 2] for start in range(0, len(drawings), 2)]
        heights = [max(_height(draw, arms) for draw in row) for row in rows]
        figure = _figure(12, sum(heights))
        figure.set_facecolor("white")
        for part, row in zip(
            _parts(figure.subfigures(len(rows), 1, height_ratios=heights)), rows, strict=True
        ):
            for axis, draw in zip(_parts(part.subplots(1, len(row))), row, strict=True):
                draw(axis, arms)
    return figure


def svgs(result: Result, task: str) -> dict[str, str]:
    """Title → SVG of every plot of one task, for a page.

    Their text, lines and background take the page's ``--ink``, ``--faint``, ``--line``,
    ``--soft`` and ``--paper`` where it has them.

    Raises:
        UsageError: the run has no such task.
        MissingExtra: matplotlib is not installed.
    """
    arms = _arms(result, task)
    found = {}
    with styled():
        for number, draw in enumerate(_drawings(arms)):
            figure = _figure(6.4, _height(draw, arms))
            axis = figure.subplots()
            draw(axis, arms)
            title = axis.get_title(loc="left")
            axis.set_title("", loc="left")
            found[title] = _svg(figure, f"{re.sub(r'[^a-z0-9]+', '-', task.lower())}-{number}-")
    return found


def _arms(result: Result, task: str | None) -> list[ArmResult]:
    tasks = list(dict.fromkeys(arm.task for arm in result.results))
    if not tasks:
        raise UsageError(f"the run in '{result.run}' has nothing to plot: nothing is planned yet")
    if task is not None and task not in tasks:
        raise UsageError(f"the run has no task '{task}'; it has: {', '.join(tasks)}")
    return [arm for arm in result.results if arm.task == (task or tasks[0])]


def _drawings(arms: Sequence[ArmResult]) -> list[Drawing]:
    drawings: list[Drawing] = []
    if any("specificity" in arm.metrics for arm in arms):
        drawings.append(_trade_off)
    drawings += [_by_kind if len(arms) <= MANY or len(_rows(arms)) == 1 else _kinds, _outcomes]
    if any(arm.retention for arm in arms):
        drawings.append(_retention if len(arms) <= MANY else _retained)
    if any(arm.cost.edits for arm in arms):
        drawings.append(_cost)
    return drawings


def _height(draw: Drawing, arms: Sequence[ArmResult]) -> float:
    """Inches that a drawing needs."""
    rows = len(arms)
    if draw in (_trade_off, _retention):
        return 4.6 + 0.2 * (rows // MANY)  # the legend grows
    if draw in (_kinds, _retained):
        return 1.8 + 0.3 * rows
    if draw is _by_kind:
        return 1.5 + len(_rows(arms)) * (0.22 + 0.17 * rows)
    return 1.5 + 0.5 * rows


def _parts(found: Any) -> list[Any]:
    """What ``subplots`` and ``subfigures`` give: one thing or an array of them."""
    return list(found.flat) if hasattr(found, "flat") else [found]


def _figure(width: float, height: float) -> Figure:
    from codeupdate.report.figures import ShownFigure

    return ShownFigure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure, prefix: str) -> str:
    """The figure for a page: with ids of its own and the page's colours."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}", text)
    return re.sub("|".join(PAGE_COLOURS), lambda found: PAGE_COLOURS[found[0]], text)


# ------------------------------------------------------------------------ drawings


def _trade_off(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("What is learned, and what it breaks", loc="left")
    name = main_metric(arms)
    for number, (arm, label) in enumerate(_labelled(arms)):
        reached, kept = arm.metrics.get(name), arm.metrics.get("specificity")
        if reached is None or kept is None:
            continue
        axis.errorbar(
            _centre(reached),
            _centre(kept),
            xerr=_bars(reached),
            yerr=_bars(kept),
            label=label,
            markersize=9,
            **_look(number, reached, kept),
        )
    axis.set_xlabel(f"{name} on problems that need the update, %")
    axis.set_ylabel("specificity: unrelated problems solved, %")
    axis.set_xlim(-2, 102)
    axis.set_ylim(-2, 102)
    axis.grid()
    axis.set_axisbelow(True)
    _legend(axis)


def _by_kind(axis: Axes, arms: Sequence[ArmResult]) -> None:
    name, rows = main_metric(arms), _rows(arms)
    axis.set_title(f"{name} by kind of change" if len(rows) > 1 else name, loc="left")
    for place in range(0, len(rows), 2):
        axis.axhspan(place - 0.5, place + 0.5, color=SOFT, linewidth=0)
    step = 0.76 / len(arms)
    for number, (arm, label) in enumerate(_labelled(arms)):
        shift = (number - (len(arms) - 1) / 2) * step
        named = False
        for place, row in enumerate(rows):
            metric = (arm.by_kind.get(row, {}) if place else arm.metrics).get(name)
            if metric is None:
                continue
            axis.errorbar(
                _centre(metric),
                place + shift,
                xerr=_bars(metric),
                label="" if named else label,
                markersize=6,
                **_look(number, metric),
            )
            named = True
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(-2, 102)
    axis.set_xlabel(f"{name}, %")
    axis.grid(axis="x")
    axis.set_axisbelow(True)
    _legend(axis)


def _kinds(axis: Axes, arms: Sequence[ArmResult]) -> None:
    name, rows = main_metric(arms), _rows(arms)
    axis.set_title(f"{name} by kind of change, %", loc="left")
    found = [
        [(arm.by_kind.get(row, {}) if row != ALL else arm.metrics).get(name) for row in rows]
        for arm in arms
    ]
    _shaded(axis, arms, rows, found)
    axis.set_xticks(range(len(rows)), rows, rotation=25, ha="right")


def _retained(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("What is left of earlier updates, %", loc="left")
    taught = sorted({count for arm in arms for count in arm.retention})
    found = [[arm.retention.get(count) for count in taught] for arm in arms]
    _shaded(axis, arms, list(map(str, taught)), found)
    axis.set_xlabel("updates taught one after another")


def _shaded(
    axis: Axes,
    arms: Sequence[ArmResult],
    columns: Sequence[str],
    metrics: Sequence[Sequence[Metric | None]],
) -> None:
    """A table with a row for each arm, the darker the more."""
    shades = [[_centre(found) if found else math.nan for found in row] for row in metrics]
    # Drawn as shapes: a page lets no picture in, not even one that it carries itself.
    axis.pcolormesh(
        [column - 0.5 for column in range(len(columns) + 1)],
        [place - 0.5 for place in range(len(arms) + 1)],
        shades,
        cmap=SHADES,
        vmin=0,
        vmax=100,
        linewidth=0,
    )
    for place, row in enumerate(metrics):
        for column, found in enumerate(row):
            if found is not None:
                text = "?" if found.value is None else f"{100 * found.value:.0f}"
                # Not the page's ink: the shades are the same in light and in dark.
                colour = LIGHT_TEXT if _centre(found) > DARK else DARK_TEXT
                axis.text(column, place, text, ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(len(columns)), columns)
    _arm_rows(axis, arms)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _retention(axis: Axes, arms: Sequence[ArmResult]) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_title("What is left of earlier updates", loc="left")
    for number, (arm, label) in enumerate(_labelled(arms)):
        if not arm.retention:
            continue
        taught = sorted(arm.retention)
        look = _look(number, *arm.retention.values()) | {"linestyle": "-", "linewidth": 1.4}
        axis.plot(
            taught,
            [_centre(arm.retention[count]) for count in taught],
            label=label,
            markersize=6,
            **{key: value for key, value in look.items() if key not in BAR_LOOK},
        )
    axis.set_xlabel("updates taught one after another")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylabel("problems of all earlier updates solved, %")
    axis.set_ylim(-2, 102)
    axis.grid()
    axis.set_axisbelow(True)
    _legend(axis)


def _rows(arms: Sequence[ArmResult]) -> list[str]:
    kinds = list(dict.fromkeys(kind for arm in arms for kind in arm.by_kind))
    return [ALL, *kinds] if len(kinds) > 1 else [ALL]


def _outcomes(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("How samples ended", loc="left")
    left = [0.0] * len(arms)
    for outcome, (colour, hatch) in OUTCOMES.items():
        shares = [100 * arm.outcomes.get(outcome, 0) / max(arm.samples, 1) for arm in arms]
        if not any(shares):
            continue
        bars = axis.barh(
            range(len(arms)),
            shares,
            0.62,
            left=left,
            color=colour,
            hatch=hatch,
            edgecolor=PAPER,
            label=outcome,
        )
        texts = [f"{share:.0f}" if share >= WIDE_ENOUGH else "" for share in shares]
        for text in axis.bar_label(bars, texts, label_type="center", fontsize=9):
            text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "boxstyle": "round,pad=0.2"})
        left = [begin + share for begin, share in zip(left, shares, strict=True)]
    _arm_rows(axis, arms)
    axis.set_xlim(0, 100)
    axis.set_xlabel("% of samples")
    _legend(axis)


def _cost(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("What an edit costs", loc="left")
    seconds = [arm.cost.seconds_per_edit for arm in arms]
    bars = axis.barh(
        range(len(arms)),
        seconds,
        0.62,
        color=[COLOURS[number % len(COLOURS)] for number in range(len(arms))],
    )
    axis.bar_label(bars, [_price(arm) for arm in arms], padding=5, fontsize=9)
    _arm_rows(axis, arms)
    axis.set_xlim(0, max([*seconds, 1e-3]) * 1.75)  # room for the labels
    axis.set_xlabel("seconds per edit")
    axis.grid(axis="x")
    axis.set_axisbelow(True)


def _price(arm: ArmResult) -> str:
    if not arm.cost.edits:
        return "no edit"
    text = f"{arm.cost.seconds_per_edit:.2g} s"
    return f"{text}, {arm.cost.parameters:,} parameters" if arm.cost.parameters else text


# --------------------------------------------------------------------- their parts


def _labelled(arms: Sequence[ArmResult]) -> Iterator[tuple[ArmResult, str]]:
    labels = arm_labels(arm.arm for arm in arms)
    return ((arm, labels[arm.arm]) for arm in arms)


def _look(number: int, *metrics: Metric) -> dict[str, Any]:
    """How arm ``number`` is drawn: without a marker where only bounds are known."""
    known = all(metric.value is not None for metric in metrics)
    return {
        "color": COLOURS[number % len(COLOURS)],
        # The second round of colours has other markers than the first.
        "marker": MARKERS[(number + number // len(COLOURS)) % len(MARKERS)] if known else "",
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.8,
        "linestyle": "",
        "elinewidth": 1.6 if known else 0.8,
        "capsize": 3,
        "clip_on": False,
        "zorder": 3,
    }


def _centre(metric: Metric) -> float:
    """Where a metric is drawn, in per cent: in the middle of its bounds without a value."""
    return 50 * (metric.low + metric.high) if metric.value is None else 100 * metric.value


def _bars(metric: Metric) -> list[list[float]]:
    """Lengths of the error bar below and above, in per cent."""
    centre = _centre(metric)
    return [[max(centre - 100 * metric.low, 0.0)], [max(100 * metric.high - centre, 0.0)]]


def _arm_rows(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_yticks(range(len(arms)), [label for _, label in _labelled(arms)])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(arms) - 0.5, -0.5)


def _legend(axis: Axes) -> None:
    """Above the axes, where it hides nothing, and below the title."""
    labels = axis.get_legend_handles_labels()[1]
    columns = max(1, min(4, len(labels), 48 // max(map(len, labels))))
    lines = -(-len(labels) // columns)
    axis.legend(
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=columns,
        columnspacing=1.4,
        handletextpad=0.5,
        borderaxespad=0.2,
    )
    axis.set_title(axis.get_title(loc="left"), loc="left", pad=10 + 15 * lines)
