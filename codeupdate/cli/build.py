"""``codeupdate tasks build``: data of a task from what is installed."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from codeupdate.cli.options import AsJson, Include, print_json
from codeupdate.errors import UsageError
from codeupdate.files import written_whole
from codeupdate.tasks import load_task


def build(
    name: Annotated[str, typer.Argument(help="A task whose data can be built.")],
    package: Annotated[str, typer.Option("--from", help="An installed package.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write, JSON lines.")],
    data: Annotated[
        Path | None, typer.Option(help="The task's data, where rows are made for these.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Make data for a task from an installed package: from its source, or its documentation.

    codeupdate tasks build repobench-edit --from jinja2 --to rows.jsonl

    codeupdate eval --model hf:org/name --task repobench-edit --data rows.jsonl
    """
    rows = load_task(name, data, include or []).build(package, seed)
    count = 0
    with written_whole(to) as draft, draft.open("w", encoding="utf-8") as file:
        for row in islice(rows, limit):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
        if not count:
            raise UsageError(f"the package '{package}' has nothing that '{name}' could ask for")
    if as_json:
        print_json({"task": name, "package": package, "rows": count, "file": str(to)})
        return
    typer.echo(f"{to}: {count} rows from {package}")
    if data is None:
        typer.echo(f"Next: codeupdate eval --model MODEL --task {name} --data {to}")
