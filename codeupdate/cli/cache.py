"""``codeupdate cache``: list, prune."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from codeupdate.cli.options import AsJson, print_json, print_rows
from codeupdate.errors import UsageError
from codeupdate.models.completions_file import CompletionFile, completions_path

app = typer.Typer(
    help="Look at the completions that runs share, and remove some.\n\ncodeupdate cache list",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)
DAY, MIB = 86400.0, 1024**2
SHORT = 12  # characters of a fingerprint that are shown


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List whose completions are kept: how many, their size, when they were last used.

    They are kept in the file that is named below, in $CODEUPDATE_CACHE, or in the folder that
    $CODEUPDATE_COMPLETIONS names; CODEUPDATE_COMPLETIONS=off keeps none.

    codeupdate cache list
    """
    path = _path()
    models = CompletionFile(path).models() if path.exists() else []
    size = path.stat().st_size if path.exists() else 0
    if as_json:
        rows = [{**asdict(model), "used": _time(model.used)} for model in models]
        print_json({"file": str(path), "size": size, "models": rows})
        return
    print_rows(
        ["MODEL", "FINGERPRINT", "COMPLETIONS", "SIZE", "LAST USED"],
        [
            [
                model.name,
                model.fingerprint[:SHORT],
                str(model.completions),
                _size(model.size),
                _time(model.used),
            ]
            for model in models
        ],
    )
    count = sum(model.completions for model in models)
    typer.echo(f"\n{count} completions; {_size(size)}, in {path}")


@app.command("prune")
def prune(
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    older_than: Annotated[
        float | None,
        typer.Option(min=0, help="What was not used for so many days.", metavar="DAYS"),
    ] = None,
    larger_than: Annotated[
        float | None,
        typer.Option(
            min=0, help="What was used longest ago, until so much remains.", metavar="MIB"
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Only of models whose name or fingerprint begins like this; all of theirs, "
            "where nothing else is said."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove kept completions.

    codeupdate cache prune --older-than 30 --larger-than 1000 --dry-run

    codeupdate cache prune --model "tiny with lora"
    """
    if not everything and older_than is None and larger_than is None and model is None:
        raise UsageError(
            "nothing says what is to be removed; use --older-than, --larger-than, --model or --all"
        )
    if everything and (older_than is not None or larger_than is not None or model is not None):
        raise UsageError("--all removes everything; leave the other conditions out")
    path, removed, freed = _path(), 0, 0
    if path.exists():
        removed, freed = CompletionFile(path).prune(
            model=model,
            older_than=None if older_than is None else older_than * DAY,
            larger_than=None if larger_than is None else int(larger_than * MIB),
            dry_run=dry_run,
        )
    if as_json:
        found: dict[str, Any] = {"removed": removed, "freed": freed, "dry_run": dry_run}
        print_json(found)
        return
    verb = "would free" if dry_run else "freed"
    typer.echo(f"{removed} completions; {verb} {_size(freed)}")


def _path() -> Path:
    path = completions_path()
    if path is None:
        raise UsageError("CODEUPDATE_COMPLETIONS=off: no completions are kept")
    return path


def _time(when: float) -> str:
    return datetime.fromtimestamp(when).isoformat(sep=" ", timespec="minutes")


def _size(count: float) -> str:
    """Bytes for a person to read."""
    return f"{count / MIB:.1f} MiB" if count >= MIB / 10 else f"{count / 1024:.1f} KiB"
