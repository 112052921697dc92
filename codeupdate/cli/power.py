"""``codeupdate power``: how large an evaluation has to be to see a difference."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from codeupdate.cli.options import AsJson, comma_list, print_json
from codeupdate.errors import UsageError
from codeupdate.evaluation.planning import Observed, observed_arms
from codeupdate.report.labels import arm_name
from codeupdate.report.planning import advice, assumptions_in_words, power_table, sizes
from codeupdate.scoring.power import Assumptions, Goal, assumed

__all__ = ["power"]

#: What the arms are taken to be like, where no run says it.
ASSUMED = {"baseline": 0.4, "correlation": 0.5, "icc": 0.3, "per_update": 4.0}

PLAN, MODEL, OUT = "What is to be seen", "What the arms are like", "What comes out"


def power(
    difference: Annotated[
        float,
        typer.Option(
            help="The difference between two arms to be seen, in percentage points; negative: a "
            "loss.",
            rich_help_panel=PLAN,
        ),
    ],
    n: Annotated[
        str,
        typer.Option(
            "-n", "--n", help="Samples a problem, separated by commas.", rich_help_panel=PLAN
        ),
    ] = "1,5,10",
    chance: Annotated[
        float,
        typer.Option("--power", help="How surely it is to be seen.", rich_help_panel=PLAN),
    ] = 0.8,
    alpha: Annotated[
        float,
        typer.Option(
            help="How often a difference may be seen where there is none.", rich_help_panel=PLAN
        ),
    ] = 0.05,
    comparisons: Annotated[
        int,
        typer.Option(
            help="How many comparisons are corrected together (arms beside the baseline).",
            rich_help_panel=PLAN,
        ),
    ] = 1,
    problems: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Problems that you have: also say what difference these show.",
            rich_help_panel=PLAN,
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A run with a baseline and other arms: take from it what would be assumed.",
            rich_help_panel=MODEL,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(help="Of the run's tasks.", show_default="the first", rich_help_panel=MODEL),
    ] = None,
    baseline: Annotated[
        float | None,
        typer.Option(
            help="Share of problems that the baseline solves.",
            show_default=str(ASSUMED["baseline"]),
            rich_help_panel=MODEL,
        ),
    ] = None,
    sampled: Annotated[
        float,
        typer.Option(
            help="Share of a sample's variance that is luck: 0 greedy, 1 where all problems are "
            "equally hard.",
            rich_help_panel=MODEL,
        ),
    ] = 0.4,
    correlation: Annotated[
        float | None,
        typer.Option(
            help="Of the arms' pass rates over problems: 1 where what is hard for one is as hard "
            "for the other.",
            show_default=str(ASSUMED["correlation"]),
            rich_help_panel=MODEL,
        ),
    ] = None,
    icc: Annotated[
        float | None,
        typer.Option(
            help="Intra-update correlation: 1 where an update helps with all of its problems or "
            "with none.",
            show_default=str(ASSUMED["icc"]),
            rich_help_panel=MODEL,
        ),
    ] = None,
    per_update: Annotated[
        float | None,
        typer.Option(
            help="Problems of an update.",
            show_default=str(ASSUMED["per_update"]),
            rich_help_panel=MODEL,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many problems, updates and samples show a difference between two arms.

    Two things blur a difference: which problems were asked, and the luck of sampling. More
    samples a problem reduce only the luck; more problems reduce both; and problems of the same
    update are worth less than problems of another.

    codeupdate power --difference 5

    codeupdate power --difference 5 --baseline 0.4 --n 1,5,10 --comparisons 10

    codeupdate power --difference 5 --from runs/20260131-101500-tiny-kit-update
    """
    goal = Goal(difference / 100, chance, alpha, comparisons)
    counts = _counts(n)
    options = {
        "baseline": baseline,
        "correlation": correlation,
        "icc": icc,
        "per_update": per_update,
    }
    given = {name: value for name, value in options.items() if value is not None}
    cases: list[tuple[Observed | None, Assumptions]]
    if run:
        if given:
            option = "--" + next(iter(given)).replace("_", "-")
            raise UsageError(f"{option} is taken from the run; leave it or --from out")
        cases = [(one, one.assumptions) for one in observed_arms(run, task, sampled)]
    else:
        if task is not None:
            raise UsageError("--task names a task of a run; name the run with --from")
        cases = [(None, assumed(goal, sampled=sampled, **{**ASSUMED, **given}))]
    plans = []
    console = Console()
    for seen, arms in cases:
        rows = sizes(arms, goal, counts, problems)
        text = advice(arms, goal, rows, problems)
        plans.append(
            {
                "observed": asdict(seen) if seen else None,
                "assumptions": asdict(arms),
                "rows": [asdict(row) for row in rows],
                "advice": text,
            }
        )
        if as_json:
            continue
        if seen:
            title = f"{seen.task}: {arm_name(seen.arm)} against {arm_name(seen.baseline)}"
            console.print(escape(title), style="bold", highlight=False)
        console.print(escape(assumptions_in_words(arms, seen)), style="dim", highlight=False)
        console.print(power_table(rows, problems))
        console.print(escape(text), highlight=False)
        console.print()
    if as_json:
        print_json({"goal": asdict(goal), "plans": plans})


def _counts(text: str) -> list[int]:
    try:
        counts = [int(part) for part in comma_list(text) or []]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise UsageError(f"--n takes whole numbers from 1 on, separated by commas, not '{text}'")
    return sorted(set(counts))
