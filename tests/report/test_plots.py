"""Plots show what was found: read back from what was drawn."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from codeupdate.errors import MissingExtra, UsageError
from codeupdate.evaluation.results import ArmResult, Result, read_result
from codeupdate.evaluation.store import Store
from codeupdate.report import plot, svgs
from codeupdate.scoring.metrics import Metric
from tests.report.runs import KINDS, made

TITLES = [
    "What is learned, and what it breaks",
    "pass@1 by kind of change",
    "How samples ended",
    "What an edit costs",
]


def axes_of(result: Result, task: str | None = None) -> dict[str, object]:
    return {axis.get_title(loc="left"): axis for axis in plot(result, task).axes}


def test_a_task_with_everything_has_four_plots(finished: Result) -> None:
    assert list(axes_of(finished)) == TITLES
    assert list(svgs(finished, "kit-update")) == TITLES


def test_a_task_without_kinds_and_specificity_has_its_pass_rates(finished: Result) -> None:
    assert list(axes_of(finished, "humaneval")) == ["pass@1", *TITLES[2:]]


def test_points_are_at_the_values_with_their_intervals(finished: Result) -> None:
    axis = axes_of(finished)[TITLES[0]]
    arms = [arm for arm in finished.results if arm.task == "kit-update"]
    assert len(axis.containers) == len(arms)
    for arm, drawn in zip(arms, axis.containers, strict=True):
        reached, kept = arm.metrics["pass@1"], arm.metrics["specificity"]
        assert drawn.get_label() == arm.arm.editor
        assert drawn.lines[0].get_xydata()[0] == pytest.approx(
            [100 * reached.value, 100 * kept.value]
        )
        across, upright = (bar.get_segments()[0] for bar in drawn.lines[2])
        assert across[:, 0] == pytest.approx([100 * reached.low, 100 * reached.high])
        assert upright[:, 1] == pytest.approx([100 * kept.low, 100 * kept.high])


def test_every_kind_has_a_point_of_every_arm(finished: Result) -> None:
    axis = axes_of(finished)[TITLES[1]]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["all", *KINDS]
    assert len(axis.containers) == 5 * 4


def test_what_is_not_known_is_drawn_as_bounds_without_a_marker(unfinished: Result) -> None:
    for drawn in axes_of(unfinished, "humaneval")["pass@1"].containers:
        assert drawn.lines[0].get_marker() == ""
        (bar,) = drawn.lines[2]
        assert bar.get_segments()[0][1, 0] > bar.get_segments()[0][0, 0]


def test_outcomes_fill_each_bar(unfinished: Result) -> None:
    axis = axes_of(unfinished, "humaneval")["How samples ended"]
    names = [bars.get_label() for bars in axis.containers]
    assert {"passed", "failed", "infrastructure", "unknown"} <= set(names)
    for row in range(4):
        assert sum(bars[row].get_width() for bars in axis.containers) == pytest.approx(100)


def test_what_is_left_along_a_sequence_is_a_line_of_every_arm_that_was_taught(
    finished: Result,
) -> None:
    arms = [arm for arm in finished.results if arm.task == "kit-update"]
    left = {2: Metric(0.9, 0.8, 1.0), 5: Metric(0.5, 0.4, 0.6)}
    taught = [replace(arm, retention=left) if arm.cost.edits else arm for arm in arms]
    axis = axes_of(replace(finished, results=tuple(taught)))["What is left of earlier updates"]
    names = [line.get_label() for line in axis.lines]
    assert names == [arm.arm.editor for arm in arms if arm.cost.edits]
    assert axis.lines[0].get_xydata().tolist() == [[2, 90], [5, 50]]


def test_many_arms_are_tables_of_shades(finished: Result) -> None:
    (arm,) = (arm for arm in finished.results if arm.arm.editor == "lora" and arm.by_kind)
    left = {3: Metric(0.25, 0.2, 0.3)}
    arms = [
        replace(arm, arm=replace(arm.arm, editor=f"method {number}"), retention=left)
        for number in range(12)
    ]
    drawn = axes_of(replace(finished, results=tuple(arms)))
    kinds = drawn["pass@1 by kind of change, %"]
    texts = {(text.get_position(), text.get_text()) for text in kinds.texts}
    assert len(texts) == 12 * (1 + len(KINDS))
    reached = arm.by_kind[KINDS[0]]["pass@1"].value
    assert ((1, 7), f"{100 * reached:.0f}") in texts
    assert {text.get_text() for text in drawn["What is left of earlier updates, %"].texts} == {"25"}


def test_seconds_of_edits(finished: Result) -> None:
    (bars,) = axes_of(finished)["What an edit costs"].containers
    assert [bar.get_width() for bar in bars] == pytest.approx([0, 0, 1.73, 3.4])


def test_another_k_is_plotted(tmp_path: Path) -> None:
    result = made(tmp_path / "run", arms=("none", "lora"), k=(2,))
    assert "pass@2 by kind of change" in axes_of(result)


def test_svgs_of_one_page_share_no_id_and_take_its_colours(finished: Result) -> None:
    pictures = [
        svg for task in ("kit-update", "humaneval") for svg in svgs(finished, task).values()
    ]
    ids = [
        element.attrib["id"] for svg in pictures for element in ET.fromstring(svg).iter()
        if "id" in element.attrib
    ]  # fmt: skip
    assert len(ids) == len(set(ids))
    for svg in pictures:
        assert "var(--ink" in svg
        used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', svg))
        assert ">none</text>" in svg or ">none<" in svg  # text is text


def test_the_same_run_gives_the_same_picture(finished: Result) -> None:
    assert svgs(finished, "humaneval") == svgs(finished, "humaneval")


def test_matplotlibs_own_settings_are_left_alone(finished: Result) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plot(finished)
    assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not mpl.pyplot.get_fignums()


def test_names_are_text_also_with_dollar_signs(finished: Result) -> None:
    first = finished.results[0]
    arm = replace(first, arm=replace(first.arm, editor="a$_{b$c<&"))
    (svg, *_) = svgs(replace(finished, results=(arm,)), "kit-update").values()
    assert "a$_{b$c&lt;&amp;" in svg


def test_a_notebook_shows_a_plot_and_a_page_needs_no_picture(finished: Result) -> None:
    assert plot(finished)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    many = replace(finished, results=tuple(_copies(finished, 3)))
    assert "<image" not in "".join(svgs(many, "kit-update").values())


def _copies(result: Result, count: int) -> Iterator[ArmResult]:
    """Every arm so many times, of as many models."""
    for number in range(count):
        for arm in result.results:
            yield replace(arm, arm=replace(arm.arm, model=f"model-{number}"))


def test_an_unknown_task_and_an_empty_run_are_said(finished: Result, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task 'nope'; it has: kit-update, humaneval"):
        plot(finished, "nope")
    Store.create(tmp_path / "run", {"k": [1], "provenance": {}}).close()
    with pytest.raises(UsageError, match="nothing to plot"):
        plot(read_result(tmp_path / "run"))


def test_without_matplotlib_the_extra_is_named(
    finished: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"codeupdate\[reporting\]"):
        plot(finished)
