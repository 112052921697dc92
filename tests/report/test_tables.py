"""Tables that a person can read at any usual width, without colour and without a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from codeupdate.evaluation.results import Result
from codeupdate.evaluation.side_by_side import side_by_side
from codeupdate.report import comparison_table, results_table
from codeupdate.report.side_by_side import outcomes_table
from codeupdate.report.tables import best_value, shown_metrics
from codeupdate.types import Arm
from tests.report.runs import made


def text(what: RenderableType, width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(what)
    return file.getvalue()


def row_of(said: str, arm: str) -> str:
    return next(line for line in said.splitlines() if line.startswith(arm))


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_off(finished: Result, width: int) -> None:
    said = text(results_table(finished), width)
    assert "…" not in said.replace(" … ", " ")  # an interval is "low … high"
    assert max(map(len, said.splitlines())) <= width
    for name in ("pass@1", "pass@2", "upass@1", "adoption", "specificity", "s/edit", "random-ft"):
        assert name in said
    assert "\x1b" not in said


def test_columns_that_do_not_fit_go_on_below(finished: Result) -> None:
    heads = [
        [line for line in text(results_table(finished), width).splitlines() if "arm  " in line]
        for width in (60, 160)
    ]
    assert len(heads[0]) > len(heads[1])
    (wide,) = [line for line in heads[1] if "adoption" in line]
    assert "specificity" in wide


def test_cells_have_a_value_and_its_interval(finished: Result) -> None:
    lora = next(arm for arm in finished.results if arm.arm.editor == "lora")
    metric = lora.metrics["pass@1"]
    said = text(results_table(finished), 120)
    assert metric.value is not None
    assert f"{100 * metric.value:.1f} %" in row_of(said, "lora")
    assert f"{100 * metric.low:.1f}–{100 * metric.high:.1f}" in said


def test_the_best_is_marked_without_colour(finished: Result) -> None:
    said = text(results_table(finished), 120)
    assert "%*" in row_of(said, "lora")
    assert "*" not in row_of(said, "random-ft")
    assert "0.0 %" in row_of(said, "random-ft")
    arms = [replace(arm, metrics={"pass@1": arm.metrics["pass@1"]}) for arm in finished.results]
    assert best_value(arms[:1], "pass@1") is None  # nothing to be better than


def test_upass_has_a_column_only_where_it_differs(finished: Result) -> None:
    arms = [arm for arm in finished.results if arm.task == "kit-update"]
    assert "upass@1" in shown_metrics(arms)
    same = [replace(arm, metrics={**arm.metrics, "upass@1": arm.metrics["pass@1"]}) for arm in arms]
    assert "upass@1" not in shown_metrics(same)
    assert "upass@2" in shown_metrics(same)


def test_a_metric_without_a_value_shows_its_bounds_and_why(unfinished: Result) -> None:
    said = text(results_table(unfinished), 120)
    humaneval = said[said.index("humaneval") :]
    assert "unknown" in row_of(humaneval, "none")
    metric = next(
        arm.metrics["pass@1"]
        for arm in unfinished.results
        if (arm.task, arm.arm.editor) == ("humaneval", "none")
    )
    assert f"{100 * metric.low:.1f}–{100 * metric.high:.1f}" in humaneval
    assert "unknown: between these bounds, see the notes" in " ".join(humaneval.split())


def test_comparison_with_the_baseline(finished: Result) -> None:
    found = next(c for c in finished.comparisons if c.arm.editor == "lora")
    said = text(comparison_table(finished.comparisons), 80)
    assert "against none of tiny" in said
    line = row_of(said, "lora")
    assert f"{100 * found.difference.value:+.1f}" in line
    flips = f"+{found.flips.positive}/−{found.flips.negative}"
    assert re.search(rf" {found.questions} +{re.escape(flips)} ", line)
    assert max(map(len, said.splitlines())) <= 80


def test_where_it_is_narrow_an_interval_stands_below_its_difference(finished: Result) -> None:
    found = next(c for c in finished.comparisons if c.arm.editor == "lora")
    interval = f"{100 * found.difference.low:+.1f} … {100 * found.difference.high:+.1f}"
    for width, below in ((66, 1), (100, 0)):
        lines = text(comparison_table(finished.comparisons), width).splitlines()
        row = next(number for number, line in enumerate(lines) if line.startswith("lora"))
        assert f"{100 * found.difference.value:+.1f}" in lines[row]
        assert interval in lines[row + below]
        assert lines[row].rstrip().endswith(("< 0.001", f"{found.p_adjusted:.3f}"))


def test_comparison_of_two_runs_names_what_is_compared_with(
    finished: Result, tmp_path: Path
) -> None:
    other = made(tmp_path / "other", arms=("none", "lora"), model="larger")
    said = text(comparison_table(side_by_side([finished.run, other.run]).comparisons), 80)
    assert "each against the same arm of tiny" in said
    assert "lora" in said


def test_a_long_name_of_an_arm_is_folded_not_cut(tmp_path: Path, finished: Result) -> None:
    name = "an-editor-with-a-name-that-goes-on-and-on-for-longer-than-any-column"
    arms = [replace(arm, arm=replace(arm.arm, editor=name)) for arm in finished.results[:1]]
    said = text(results_table(replace(finished, results=tuple(arms), comparisons=())), 60)
    assert "…" not in said
    column = "".join(line.split("  ")[0].strip() for line in said.splitlines())
    assert name in column


def test_a_notebook_shows_the_tables(finished: Result) -> None:
    for what in (results_table(finished), comparison_table(finished.comparisons)):
        shown = what._repr_mimebundle_([], [])  # type: ignore[union-attr]
        assert "lora" in shown["text/plain"]
        assert "lora" in shown["text/html"]


def test_names_with_brackets_are_shown_as_they_are(finished: Result) -> None:
    def named(arm: Arm) -> Arm:
        return replace(arm, model="/models/[bold]/x[/INST]", editor=f"[red]{arm.editor}[/dim]")

    changed = replace(
        finished,
        results=tuple(replace(one, arm=named(one.arm)) for one in finished.results),
        comparisons=tuple(
            replace(one, arm=named(one.arm), baseline=named(one.baseline))
            for one in finished.comparisons
        ),
    )
    said = text(results_table(changed), 160)
    assert "/models/[bold]/x[/INST]" in said
    assert row_of(said, "[red]lora[/dim]")
    assert "[red]lora[/dim]" in text(comparison_table(changed.comparisons), 160)
    assert row_of(text(outcomes_table(changed.results), 160), "[red]lora[/dim]")
