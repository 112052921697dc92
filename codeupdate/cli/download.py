"""``codeupdate tasks download``: data into the cache, once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from codeupdate.cli.options import AsJson, Include, print_json
from codeupdate.errors import UsageError
from codeupdate.tasks import load_task
from codeupdate.tasks.downloads import download as download_data


def download(
    name: Annotated[str, typer.Argument(help="A task; see 'codeupdate tasks list'.")],
    revision: Annotated[
        str | None,
        typer.Option(help="A commit of 40 digits.", show_default="what the task pins"),
    ] = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a task's data from the hub; afterwards it needs no network and no --data.

    codeupdate tasks download canitedit --revision COMMIT
    """
    source = load_task(name, include=include or []).spec.data.hub
    if source is None:
        raise UsageError(
            f"the data of task '{name}' are not on the hub; see its data card, the README.md in "
            "its folder, and name a copy with --data PATH"
        )
    path, origin = download_data(name, source, revision)
    if as_json:
        print_json({"task": name, "path": str(path), **asdict(origin)})
        return
    typer.echo(f"{name}: {path}")
    typer.echo(f"  {origin.file} of {origin.repository} at {origin.revision}")
    typer.echo(f"  SHA-256 {origin.sha256}")
