"""``codeupdate export``: the samples of a run, for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from codeupdate.cli.options import AsJson, print_json
from codeupdate.report import export as write_rows


def export(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write.")],
    form: Annotated[
        Literal["jsonl", "csv", "parquet"], typer.Option("--format", help="Form of the rows.")
    ] = "jsonl",
    as_json: AsJson = False,
) -> None:
    """Write a row per sample: task, problem, arm, outcome, tests, completion, program.

    codeupdate export runs/20260131-101500-tiny-kit-update --format parquet --to rows.parquet
    """
    count = write_rows(run, form, to)
    if as_json:
        print_json({"run": str(run), "rows": count, "format": form, "file": str(to)})
    else:
        typer.echo(f"{to}: {count} rows")
