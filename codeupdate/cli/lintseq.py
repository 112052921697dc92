"""``codeupdate lintseq``: an instruction data set becomes one of edit sequences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from codeupdate.cli.options import AsJson, print_json
from codeupdate.edit_sequences.dataset import refactor_file

__all__ = ["lintseq"]


def lintseq(
    source: Annotated[Path, typer.Argument(help="JSON lines: an instruction and a program each.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write.")],
    instruction: Annotated[str, typer.Option(help="The field of the instruction.")] = "instruction",
    response: Annotated[
        str, typer.Option(help="The field of the program, bare or in code blocks.")
    ] = "response",
    sequences: Annotated[int, typer.Option(min=1, help="Edit sequences for each program.")] = 1,
    seed: Annotated[int, typer.Option(help="Of sampling.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Replace every program by a sequence of insertions that writes it without errors on the
    way (LintSeq, arXiv 2410.02749).

    codeupdate lintseq instructions.jsonl --to edits.jsonl --sequences 5
    """
    done = refactor_file(
        source, to, instruction=instruction, response=response, sequences=sequences, seed=seed
    )
    if as_json:
        print_json({"file": str(to), **asdict(done)})
        return
    typer.echo(f"{to}: {done.sequences} edit sequences of {done.rows} rows")
    if done.skipped:
        typer.echo(f"{done.skipped} rows hold no Python program and were left out")
