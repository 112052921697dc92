"""``codeupdate export``: a run for other tools, and for where results are published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from codeupdate.cli.options import AsJson, print_json
from codeupdate.errors import UsageError
from codeupdate.evaluation.results import read_result
from codeupdate.files import write_text
from codeupdate.report import export as write_rows
from codeupdate.report import published
from codeupdate.report.frames import unanswered


def export(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="The file to write (datasets: a folder).",
            show_default="tables and the model card's block: the terminal",
        ),
    ] = None,
    form: Annotated[
        Literal["jsonl", "csv", "parquet", "datasets", "markdown", "latex", "model-card"],
        typer.Option(
            "--format",
            help="Samples as rows: jsonl, csv, parquet, datasets. Results: markdown, latex "
            "(booktabs), model-card (model-index of the Hub).",
        ),
    ] = "jsonl",
    as_json: AsJson = False,
) -> None:
    """Write a row per sample (task, problem, arm, outcome, tests, completion, program), or the
    results as a table or a block for a model card.

    codeupdate export runs/20260131-101500-tiny-kit-update --format parquet --to rows.parquet

    codeupdate export runs/20260131-101500-tiny-kit-update --format latex --to results.tex
    """
    said = {"run": str(run), "format": form, "file": str(to) if to else None}
    if form == "markdown" or form == "latex" or form == "model-card":
        text = published(read_result(run), form)
        if to:
            write_text(text, to)
        if as_json:
            print_json({**said, "text": text})
        else:
            typer.echo(str(to) if to else text, nl=to is not None)
        return
    if to is None:
        raise UsageError(f"samples as {form} need a place to be written to; name one with --to")
    count, missing = write_rows(run, form, to), unanswered(run)
    if missing:
        typer.echo(
            f"note: {missing:,} planned samples have no completion yet and no row; "
            f"codeupdate eval --resume {run} finishes them",
            err=True,
        )
    if as_json:
        print_json({**said, "rows": count, "unanswered": missing})
    else:
        typer.echo(f"{to}: {count} rows")
