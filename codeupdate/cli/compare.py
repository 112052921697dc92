"""``codeupdate compare``: runs side by side, question by question."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codeupdate.cli.options import AsJson, print_json
from codeupdate.evaluation.side_by_side import side_by_side
from codeupdate.report import (
    check_page,
    flips_json,
    flips_view,
    side_by_side_table,
    write_comparison,
)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two run folders or more.")],
    against: Annotated[
        str | None,
        typer.Option(
            help="Compare every arm with the first arm of this editor.",
            show_default="the same arm of the first run, or its baseline",
        ),
    ] = None,
    flips: Annotated[
        int,
        typer.Option(
            min=0,
            help="List so many problems of each pair that turned, both completions as a diff.",
        ),
    ] = 0,
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with plots and samples to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put runs side by side and compare their arms on the questions that both were asked.

    Differences are paired, with intervals over resampled updates (of specificity, over edits and
    problems); McNemar's test counts the problems that turned (of unrelated ones, after the first
    edit alone), and all p-values of a metric are corrected together (Holm).

    codeupdate compare runs/before runs/after --flips 5

    codeupdate compare runs/small runs/medium runs/large --against none --html compared.html
    """
    if html:
        check_page(html)  # before the runs are scored
    found = side_by_side(runs, against)
    if html:
        write_comparison(found, html)
    if as_json:
        listed = {"flips": flips_json(found, flips)} if flips else {}
        print_json({**found.to_json(), **listed})
        return
    console = Console()
    console.print(side_by_side_table(found))
    if flips:
        console.print(flips_view(found, flips))
    if html:
        typer.echo(f"\nReport: {html}")
