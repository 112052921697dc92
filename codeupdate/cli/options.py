"""Options that several commands have, and what they say on the terminal in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from codeupdate.errors import UsageError

__all__ = [
    "MODEL_SET",
    "AsJson",
    "Include",
    "ModelSet",
    "comma_list",
    "data_places",
    "key_values",
    "print_json",
    "print_rows",
]

Include = Annotated[
    list[Path] | None,
    typer.Option(
        "--include", help="A folder with tasks/, editors/ or sandbox/ of your own. Repeatable."
    ),
]
MODEL_SET = (
    "KEY=VALUE, a setting of the model's backend: dtype=bfloat16, device_map=auto, … Repeatable."
)
ModelSet = Annotated[list[str] | None, typer.Option("--model-set", help=MODEL_SET)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def comma_list(text: str | None) -> list[str] | None:
    """ "a, b" → ["a", "b"]; None where the option is not given.

    Raises:
        UsageError: it is given and names nothing.
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(
            f"an option was given '{text}', which names nothing; name something, with commas "
            "between several, or leave the option out"
        )
    return parts


def data_places(given: Sequence[str], tasks: Sequence[str]) -> dict[str, str]:
    """Task → where its data are, from ``[TASK=]PLACE``; without a name it is the first task's.

    Raises:
        UsageError: two places are given for one task.
    """
    found: dict[str, str] = {}
    for item in given:
        owner, equals, place = item.partition("=")
        if not equals:
            owner, place = tasks[0], item
        if owner in found:
            raise UsageError(f"--data names two places for the task '{owner}'")
        found[owner] = place
    return found


def key_values(given: Sequence[str], option: str) -> dict[str, Any]:
    """Key → value, from the KEY=VALUE that the repeatable ``option`` was given.

    Raises:
        UsageError: one of them has not this form.
    """
    found = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} takes KEY=VALUE, not '{item}'")
        try:
            found[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            found[key] = value
    return found


def print_json(content: Any) -> None:
    """``content`` as the one JSON object on stdout."""
    typer.echo(json.dumps(content, ensure_ascii=False))


def print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need; a row stays one line, so that grep and cut work."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.secho(text.rstrip(), bold=number == 0)
