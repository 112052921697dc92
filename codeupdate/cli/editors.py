"""``codeupdate editors``: list, show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from codeupdate import plugins
from codeupdate.cli.options import AsJson, Include, print_json, print_rows
from codeupdate.editing import editor_folders, read_editor_spec, settings_class
from codeupdate.errors import DataError

app = typer.Typer(
    help="List and show editing methods.\n\ncodeupdate editors show lora",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)

MARKER = "editor.yaml"


@app.command("list")
def list_editors(include: Include = None, as_json: AsJson = False) -> None:
    """List the editing methods and what each of them changes.

    codeupdate editors list
    """
    rows = []
    for name, folder in editor_folders(include or []).items():
        try:
            spec = read_editor_spec(folder / MARKER)
            rows.append({"name": name, "changes": spec.changes, "summary": spec.summary})
        except DataError as error:  # one faulty editor must not hide the others
            rows.append({"name": name, "changes": "?", "summary": str(error)})
    if as_json:
        print_json({"editors": rows})
    else:
        print_rows(
            ["NAME", "CHANGES", "SUMMARY"],
            [[row["name"], row["changes"], row["summary"]] for row in rows],
        )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="An editor; see 'codeupdate editors list'.")],
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Show an editor: its paper, what it changes, its settings and their presets.

    codeupdate editors show lora
    """
    folder = plugins.find("editors", name, MARKER, include or [])
    spec = read_editor_spec(folder / MARKER)
    card = {
        "name": name,
        "summary": spec.summary,
        "paper": spec.paper,
        "changes": spec.changes,
        "folder": str(folder),
        "settings": _settings(settings_class(name, include or []).model_json_schema()),
        "presets": {family: dict(preset) for family, preset in spec.settings.items()},
    }
    if as_json:
        print_json(card)
    else:
        _print_card(card)


def _settings(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _type(field), "default": field.get("default")}
        for name, field in schema.get("properties", {}).items()
    ]


def _type(field: Mapping[str, Any]) -> str:
    """A field of a JSON schema in the words of a person: "integer, at least 1"."""
    if "anyOf" in field:
        return " or ".join("none" if f.get("type") == "null" else _type(f) for f in field["anyOf"])
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    said = [f"{word} {field[key]:g}" for key, word in bounds.items() if key in field]
    return ", ".join([str(field.get("type", "any")), *said])


def _print_card(card: Mapping[str, Any]) -> None:
    typer.secho(f"{card['name']}: {card['summary']}", bold=True)
    typer.echo(f"  paper    {card['paper'] or 'none'}")
    typer.echo(f"  changes  {card['changes']}")
    typer.echo(f"  folder   {card['folder']}")
    if not card["settings"]:
        typer.echo("  It has no settings.")
        return
    families = [family for family, preset in card["presets"].items() if preset]
    rows = [
        [
            setting["name"],
            str(setting["default"]),
            *(str(card["presets"][family].get(setting["name"], "")) for family in families),
            setting["type"],
        ]
        for setting in card["settings"]
    ]
    typer.echo()
    print_rows(["SETTING", "DEFAULT", *(f"FOR {f.upper()}" for f in families), "TYPE"], rows)
    first = card["settings"][0]
    typer.echo(
        f"\nSet one with: codeupdate eval --editor {card['name']} "
        f"--set {first['name']}={first['default']}"
    )
