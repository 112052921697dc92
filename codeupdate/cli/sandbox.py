"""``codeupdate sandbox``: list, build, base."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from codeupdate.cli.options import AsJson, Include, print_json, print_rows
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import environment_names, load_environment
from codeupdate.sandbox.building import is_built, ready

app = typer.Typer(
    help="List and build what programs run in.\n\ncodeupdate sandbox build arena",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)


@app.command("list")
def list_environments(include: Include = None, as_json: AsJson = False) -> None:
    """List the environments: their Python, their packages, whether they are built.

    codeupdate sandbox list
    """
    rows = [_listed(name, include or []) for name in environment_names(include or [])]
    if as_json:
        print_json({"environments": rows})
        return
    print_rows(
        ["NAME", "PYTHON", "STATE", "PACKAGES"],
        [
            [row["name"], row["python"], row["state"], ", ".join(row["packages"]) or "none"]
            for row in rows
        ],
    )


def _listed(name: str, include: Sequence[Path]) -> dict[str, Any]:
    environment = load_environment(name, include)
    try:
        state = "built" if is_built(environment) else "not built"
    except SandboxUnavailable:
        state = "no Python"
    return {
        "name": name,
        "python": environment.python_version,
        "state": state,
        "packages": [package for step in environment.steps for package in step],
    }


@app.command("build")
def build(
    names: Annotated[
        list[str], typer.Argument(help="Environments; see 'codeupdate sandbox list'.")
    ],
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Install the packages of environments now, not when the first run needs them.

    codeupdate sandbox build arena
    """
    environments = [load_environment(name, include or []) for name in names]
    built = []
    for environment in environments:
        found = ready(environment, on_progress=lambda text: typer.echo(text, err=True))
        built.append({"name": environment.name, "interpreter": str(found.interpreter)})
        if not as_json:
            typer.echo(f"{environment.name}: ready, with {found.interpreter}")
    if as_json:
        print_json({"environments": built})


@app.command("base")
def base(
    python: Annotated[
        str, typer.Option(help="Version of Python, as 3.11.", show_default="this one's")
    ] = f"{sys.version_info[0]}.{sys.version_info[1]}",
    as_json: AsJson = False,
) -> None:
    """Make the Docker image python:X.Y-slim from a Python that is installed here.

    For machines without an image registry; an image that is there already is kept.

    codeupdate sandbox base --python 3.11
    """
    from codeupdate.sandbox.base_image import make_base_image

    name = make_base_image(python)
    if as_json:
        print_json({"image": name})
    else:
        typer.echo(f"{name}: ready")
