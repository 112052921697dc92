"""``codeupdate report``: what a run found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codeupdate.cli.options import AsJson, print_json
from codeupdate.evaluation.results import read_result
from codeupdate.report import check_page, results_table, write_html


def report(
    run: Annotated[Path, typer.Argument(help="A run folder, of a finished run or not.")],
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with plots to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a run found: metrics with intervals, each arm against the baseline.

    codeupdate report runs/20260131-101500-tiny-kit-update --html report.html
    """
    if html:
        check_page(html)  # before the run is scored
    result = read_result(run)
    if html:
        write_html(result, html)
    if as_json:
        print_json(result.to_json())
        return
    Console().print(results_table(result))
    if html:
        typer.echo(f"\nReport: {html}")
