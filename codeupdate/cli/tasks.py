"""``codeupdate tasks``: list, show, download, validate, new, build."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from codeupdate import plugins
from codeupdate.cli.build import build
from codeupdate.cli.download import download
from codeupdate.cli.listing import list_tasks
from codeupdate.cli.options import AsJson, Include, print_json
from codeupdate.cli.validate import validate
from codeupdate.errors import DataError, UsageError
from codeupdate.sandbox import load_environment
from codeupdate.tasks import FolderTask, load_task, task_folders
from codeupdate.tasks.downloads import download_command
from codeupdate.tasks.scaffold import scaffold
from codeupdate.types import Environment, Prompt

app = typer.Typer(
    help="List, show, validate and make tasks.\n\ncodeupdate tasks show humaneval",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)
app.command("list")(list_tasks)
app.command("download")(download)
app.command("validate")(validate)
app.command("build")(build)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A task; see 'codeupdate tasks list'.")],
    data: Annotated[
        Path | None, typer.Option(help="A copy of the task's data, for an example.")
    ] = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Show a task: where it comes from, how it is asked, with which arms, an example.

    codeupdate tasks show kit-update

    codeupdate tasks show codeupdatearena --data arena.jsonl
    """
    task = load_task(name, data, include or [])
    card = _card(task, include or [])
    if as_json:
        print_json(card)
    else:
        _print_card(card)


def _card(task: FolderTask, include: list[Path]) -> dict[str, Any]:
    spec = task.spec
    card: dict[str, Any] = {
        "name": task.name,
        "summary": task.summary,
        "source": spec.source,
        "family": spec.family,
        "licence": spec.licence,
        "folder": str(task.folder),
        "sampling": spec.sampling.model_dump(),
        "limits": {
            "cpu_seconds": task.limits.cpu_seconds,
            "wall_seconds": task.limits.wall_seconds,
            "memory": task.limits.memory,
        },
        "prompts": task.templates.names(),
        "arms": {arm: found.model_dump() for arm, found in spec.arms.items()},
        "specificity": spec.specificity.model_dump() if spec.specificity else None,
        "hub": spec.data.hub.model_dump() if spec.data.hub else None,
        "download": download_command(task.name, spec.data.hub) if spec.data.hub else None,
        "environment": _of_task(task, include),
    }
    try:
        problems, updates = task.problems(), task.updates()
    except DataError as error:
        return {**card, "problems": None, "updates": None, "example": None, "data": str(error)}
    first = problems[0]
    if own := task.environments().get(first.environment):
        card["environment"] = _environment(own, len({one.environment for one in problems}))
    prompt = task.prompt(first, "prompt")
    example = {"problem": first.id, "update": first.update, **_asked(prompt)}
    card |= {"problems": len(problems), "updates": len(updates), "example": example}
    return {**card, "data": None}


def _of_task(task: FolderTask, include: list[Path]) -> dict[str, Any] | str:
    """The one that ``task.yaml`` names, or why it names none."""
    if task.spec.environment:
        return _environment(load_environment(task.spec.environment, include), 1)
    try:
        task.environments()
    except DataError:
        return "derived from the data, which are not at hand"
    return "none, unless a row names one"


def _environment(environment: Environment, of: int) -> dict[str, Any]:
    """The one of the first problem; ``of``: how many there are."""
    return {
        "name": environment.name,
        "python": environment.python_version,
        "packages": [package for step in environment.steps for package in step],
        "of": of,
    }


def _asked(prompt: Prompt) -> dict[str, Any]:
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    return {"text": prompt.text, "messages": messages}


def _print_card(card: Mapping[str, Any]) -> None:
    sampling, limits, environment = card["sampling"], card["limits"], card["environment"]
    lines = {
        "source": card["source"] or "not said",
        "licence": card["licence"] or "not said",
        "folder": card["folder"],
        "sampling": "n={n}, temperature={temperature}, top_p={top_p}, "
        "max_tokens={max_tokens}".format(**sampling),
        "limits": f"{limits['cpu_seconds']:g} s CPU, {limits['wall_seconds']:g} s wall, "
        f"{limits['memory'] / 1024**3:g} GiB a test",
        "prompts": ", ".join(card["prompts"]),
        "family": card["family"] or "not said",
        "environment": _runs_in(environment),
    }
    if card["specificity"]:
        lines["specificity"] = f"on problems of {card['specificity']['task']}"
    if card["hub"]:
        lines["hub"] = f"{card['hub']['file']} of {card['hub']['repository']}"
        lines["hub"] += f" ({card['download']})"
    if card["data"] is None:
        lines["problems"] = f"{card['problems']}, with {card['updates']} updates"
    else:
        lines["problems"] = f"not at hand: {card['data']}"
    typer.secho(f"{card['name']}: {card['summary']}", bold=True)
    for label, text in lines.items():
        typer.echo(f"  {label:<12} {text}")
    if card["arms"]:
        typer.echo("  arms (--editor)")
        for name, arm in card["arms"].items():
            settings = ", ".join(f"{key}={value}" for key, value in arm["settings"].items())
            typer.echo(f"    {name:<16} {arm['editor']:<12} teaches {arm['teach']:<20} {settings}")
    if card["example"]:
        typer.secho(f"\nThe prompt of '{card['example']['problem']}':", bold=True)
        typer.echo(card["example"]["text"])


def _runs_in(environment: Mapping[str, Any] | str) -> str:
    if isinstance(environment, str):
        return environment
    packages = ", ".join(environment["packages"]) or "no packages"
    others = f"; {environment['of'] - 1} others" if environment["of"] > 1 else ""
    return f"{environment['name']}: Python {environment['python']}, {packages}{others}"


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    to: Annotated[
        Path, typer.Option("--to", help="The folder that gets tasks/NAME.", show_default="here")
    ] = Path(),
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Make a new task that works: a YAML file, a template, two problems and an update.

    codeupdate tasks new my-task --to my-benchmarks

    codeupdate tasks validate my-task --include my-benchmarks
    """
    known = task_folders(include or [])
    if name in known and known[name].parents[1] == plugins.bundled():
        raise UsageError(f"codeupdate brings a task '{name}' already; choose another name")
    folder = scaffold(name, to)
    if as_json:
        print_json({"name": name, "folder": str(folder)})
        return
    typer.echo(f"Made {folder}: change its files into your own.")
    typer.echo(f"Next: codeupdate tasks validate {name} --include {to}")
