"""Plots of a run. Colours can be told apart by the colour-blind, shapes without colour."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codeupdate.errors import MissingExtra
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.scoring.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot", "svgs"]

#: Okabe and Ito's palette, with a marker and a hatching each.
COLOURS = ("#6b6b6b", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
HATCHES = ("", "//", "..", "\\\\", "xx", "--", "++", "oo")
#: How a sample can end, from good to bad, in the order in which it is stacked.
OUTCOMES = {
    "passed": "#009e73",
    "failed": "#d55e00",
    "error": "#cc79a7",
    "timeout": "#e69f00",
    "memory": "#f0e442",
    "output": "#56b4e9",
    "infrastructure": "#000000",
    "unknown": "#bbbbbb",
}


def plot(result: Result, task: str | None = None) -> Figure:
    """All plots of one task, by default the first, in one figure.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    arms = _arms(result, task)
    figure = _figure(11, 7)
    axes = figure.subplots(2, 2)
    for axis, draw in zip(axes.flat, _drawings(arms), strict=False):
        draw(axis, arms)
    for axis in axes.flat[len(_drawings(arms)) :]:
        axis.set_visible(False)
    return figure


def svgs(result: Result, task: str) -> dict[str, str]:
    """Title → SVG of every plot of one task.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    arms = _arms(result, task)
    found = {}
    for draw in _drawings(arms):
        figure = _figure(6.4, 4.0)
        axis = figure.subplots()
        draw(axis, arms)
        title = axis.get_title()
        axis.set_title("")
        found[title] = _svg(figure)
    return found


def _arms(result: Result, task: str | None) -> list[ArmResult]:
    wanted = task or result.results[0].task
    return [arm for arm in result.results if arm.task == wanted]


def _drawings(arms: Sequence[ArmResult]) -> list[Any]:
    drawings: list[Any] = []
    if any("specificity" in arm.metrics for arm in arms):
        drawings.append(_trade_off)
    if len({kind for arm in arms for kind in arm.by_kind}) > 1:
        drawings.append(_by_kind)
    drawings.append(_outcomes)
    if any(arm.cost.edits for arm in arms):
        drawings.append(_cost)
    return drawings


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a plot", "matplotlib", "reporting") from error
    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure) -> str:
    import matplotlib as mpl

    buffer = io.StringIO()
    # Text stays text (it can be read and found), ids do not depend on the time.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "codeupdate"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


# ------------------------------------------------------------------------ drawings


def _trade_off(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("What is learned, and what it breaks")
    for number, arm in enumerate(arms):
        reached, kept = arm.metrics.get("pass@1"), arm.metrics.get("specificity")
        if reached is None or kept is None or reached.value is None or kept.value is None:
            continue
        axis.errorbar(
            100 * reached.value,
            100 * kept.value,
            xerr=_bars([reached]),
            yerr=_bars([kept]),
            color=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            markersize=9,
            capsize=3,
            linewidth=1.2,
            label=arm.arm.editor,
            clip_on=False,
            zorder=3,
        )
    axis.set_xlabel("pass@1 on problems that need the update, %")
    axis.set_ylabel("specificity: pass@1 on unrelated problems, %")
    axis.set_xlim(-2, 102)
    axis.set_ylim(-2, 102)
    axis.legend(loc="lower right", frameon=False)
    _tidy(axis)


def _by_kind(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("pass@1 by kind of change")
    kinds = list(dict.fromkeys(kind for arm in arms for kind in arm.by_kind))
    height = 0.8 / len(arms)
    for number, arm in enumerate(arms):
        found = [arm.by_kind[kind]["pass@1"] for kind in kinds if kind in arm.by_kind]
        places = [
            place + (number - (len(arms) - 1) / 2) * height
            for place, kind in enumerate(kinds)
            if kind in arm.by_kind
        ]
        axis.barh(
            places,
            [100 * (metric.value if metric.value is not None else metric.low) for metric in found],
            height * 0.92,
            xerr=_bars(found),
            color=COLOURS[number % len(COLOURS)],
            hatch=HATCHES[number % len(HATCHES)],
            edgecolor="white",
            error_kw={"linewidth": 1, "capsize": 2},
            label=arm.arm.editor,
        )
    axis.set_yticks(range(len(kinds)), kinds)
    axis.invert_yaxis()
    axis.set_xlim(0, 102)
    axis.set_xlabel("pass@1, %")
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _tidy(axis)


def _outcomes(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("How samples ended")
    left = [0.0] * len(arms)
    for outcome, colour in OUTCOMES.items():
        shares = [100 * arm.outcomes.get(outcome, 0) / max(arm.samples, 1) for arm in arms]
        if not any(shares):
            continue
        hatch = "" if outcome == "passed" else HATCHES[list(OUTCOMES).index(outcome) % len(HATCHES)]
        axis.barh(
            range(len(arms)),
            shares,
            0.6,
            left=left,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=outcome,
        )
        left = [begin + share for begin, share in zip(left, shares, strict=True)]
    axis.set_yticks(range(len(arms)), [arm.arm.editor for arm in arms])
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("% of samples")
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _tidy(axis)


def _cost(axis: Axes, arms: Sequence[ArmResult]) -> None:
    axis.set_title("What an edit costs")
    edited = [arm for arm in arms if arm.cost.edits]
    seconds = [arm.cost.seconds_per_edit for arm in edited]
    numbers = [list(arms).index(arm) for arm in edited]
    bars = axis.barh(
        range(len(edited)),
        seconds,
        0.6,
        color=[COLOURS[number % len(COLOURS)] for number in numbers],
    )
    labels = [
        f" {arm.cost.seconds_per_edit:.2g} s, {arm.cost.parameters:,} parameters" for arm in edited
    ]
    axis.bar_label(bars, labels)
    axis.set_yticks(range(len(edited)), [arm.arm.editor for arm in edited])
    axis.invert_yaxis()
    axis.set_xlim(0, max([*seconds, 1e-9]) * 1.9)  # room for the labels
    axis.set_xlabel("seconds per edit")
    _tidy(axis)


def _bars(metrics: Sequence[Metric]) -> list[list[float]]:
    """Lengths of error bars to the left and to the right, in per cent."""
    values = [metric.value if metric.value is not None else metric.low for metric in metrics]
    return [
        [100 * max(v - m.low, 0) for v, m in zip(values, metrics, strict=True)],
        [100 * max(m.high - v, 0) for v, m in zip(values, metrics, strict=True)],
    ]


def _tidy(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.set_axisbelow(True)
