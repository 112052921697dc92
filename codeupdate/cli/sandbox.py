"""``codeupdate sandbox``: list, show, build, prune, run, base."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from codeupdate.cache import cache_folder
from codeupdate.cli.options import AsJson, Include, print_json, print_rows
from codeupdate.errors import SandboxUnavailable, UsageError
from codeupdate.sandbox import environment_names, load_environment, open_sandbox
from codeupdate.sandbox.building import BuildEvent, Built, build_all
from codeupdate.sandbox.disk import disk_use
from codeupdate.sandbox.pruning import prune as prune_cache
from codeupdate.sandbox.store import describe_built, folder_of, is_built
from codeupdate.sandbox.system_needs import missing, what_to_install
from codeupdate.tasks import load_task, task_folders
from codeupdate.tasks.sources import read_source
from codeupdate.types import Environment, Limits, Outcome, Program, Verdict

app = typer.Typer(
    help="Build what programs run in, and run one.\n\ncodeupdate sandbox build arena",
    rich_markup_mode="rich",
    add_completion=False,
    no_args_is_help=True,
)

Task = Annotated[
    str | None, typer.Option(help="The environments of this task's problems.", metavar="TASK")
]
Data = Annotated[Path | None, typer.Option(help="A copy of the task's data.")]


@app.command("list")
def list_environments(
    task: Task = None, data: Data = None, include: Include = None, as_json: AsJson = False
) -> None:
    """List the environments: their Python, their packages, whether they are built.

    codeupdate sandbox list

    codeupdate sandbox list --task gitchameleon --data gitchameleon/
    """
    rows = [_listed(one) for one in _environments([], task, data, include or [])]
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


def _listed(environment: Environment) -> dict[str, Any]:
    try:
        state = "built" if is_built(environment) else "not built"
    except SandboxUnavailable:
        state = "no Python"
    return {
        "name": environment.name,
        "python": environment.python_version,
        "state": state,
        "packages": [package for step in environment.steps for package in step],
    }


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="An environment; see 'codeupdate sandbox list'.")],
    task: Task = None,
    data: Data = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Show an environment: how it is built, and what is in it once it is.

    codeupdate sandbox show arena
    """
    (environment,) = _environments([name], task, data, include or [])
    card = _listed(environment) | asdict(environment) | {"python": environment.python_version}
    card["paths"] = [str(path) for path in environment.paths]
    card["missing"] = [need.what for need in missing(environment.system)]
    card["folder"], card["built"] = None, None
    if card["state"] == "built" and (found := describe_built(environment)):
        card["folder"] = str(folder_of(environment))
        card["built"] = {key: value for key, value in found.items() if key != "environment"}
    if as_json:
        print_json(card)
    else:
        _print_card(card)


def _print_card(card: Mapping[str, Any]) -> None:
    typer.secho(f"{card['name']}: Python {card['python']}, {card['state']}", bold=True)
    for number, step in enumerate(card["steps"], start=1):
        typer.echo(f"  step {number}: {', '.join(step)}")
    if card["before"]:
        typer.echo(f"  packages published until {card['before']}")
    for need in card["system"]:
        what = need["library"] or need["command"] or need["path"]
        use = "while it is built" if need["building"] else "brought along"
        lacking = ", MISSING" if what in card["missing"] else ""
        typer.echo(f"  of the system: {what} (package {need['package']}), {use}{lacking}")
    for kind in ("files", "variables", "build_variables", "preload", "paths"):
        if card[kind]:
            typer.echo(f"  {kind.replace('_', ' ')}: {', '.join(card[kind])}")
    if built := card["built"]:
        typer.echo(f"  {built['seconds']} s, {_size(built['size'])}, in {card['folder']}")
        typer.echo(f"  installed: {', '.join(built['packages'])}")


@app.command("build")
def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Environments; all of them where none is named.", show_default="all"),
    ] = None,
    task: Task = None,
    data: Data = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Built at the same time.", show_default="cores")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Build environments now, not when the first run needs them.

    Exit status 1 where one cannot be built.

    codeupdate sandbox build arena

    codeupdate sandbox build --task gitchameleon --data gitchameleon/ --jobs 2
    """
    environments = _environments(names or [], task, data, include or [])[:limit]
    with _progress("building", len(environments)) as progress:
        lacking = missing(need for one in environments if not _is_there(one) for need in one.system)
        if lacking:
            progress.console.print(f"some environments need {what_to_install(lacking)}")
        built = build_all(environments, jobs or os.cpu_count() or 1, _Display(progress).on_event)
        (bar,) = progress.task_ids
        progress.update(bar, now="measuring")
        size = disk_use(folder_of(one.environment) for one in built if not one.failure)
    if as_json:
        print_json({"environments": [_as_json(one) for one in built], "size": size})
    else:
        for one in built:
            typer.echo(_sentence(one))
        typer.echo(f"{_size(size)} together, in {cache_folder()}")
    if any(one.failure for one in built):
        raise typer.Exit(1)


def _is_there(environment: Environment) -> bool:
    return bool(_listed(environment)["state"] == "built")


def _as_json(built: Built) -> dict[str, Any]:
    return {
        "name": built.environment.name,
        "state": "failed" if built.failure else "built",
        "seconds": round(built.seconds, 1),
        "size": built.size,
        "failure": built.failure or None,
        "folder": None if built.failure else str(folder_of(built.environment)),
    }


def _sentence(built: Built) -> str:
    if built.failure:
        return f"{built.environment.name}: FAILED: {built.failure}"
    how = f"built in {built.seconds:.1f} s" if built.seconds else "ready"
    return f"{built.environment.name}: {how}, {_size(built.size)}"


class _Display:
    """A bar that counts environments and says what is going on; where there is none, because
    stderr is no terminal, a line for each that is finished."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        (self._bar,) = progress.task_ids

    def on_event(self, event: BuildEvent) -> None:
        if event.built is None:
            self._progress.update(self._bar, now=event.said[:70])
            return
        self._progress.update(self._bar, advance=1)
        if self._progress.disable and (event.built.failure or event.built.seconds):
            self._progress.console.print(_sentence(event.built))


@app.command("prune")
def prune(
    everything: Annotated[bool, typer.Option("--all", help="Whatever it is.")] = False,
    older_than: Annotated[
        float | None,
        typer.Option(min=0, help="Also what was not used for so many days.", metavar="DAYS"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing.")] = False,
    task: Task = None,
    data: Data = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Remove built environments that nothing refers to any more, and half-built ones.

    Those that a task has derived from its data are kept unless --task and --data say which
    ones it still has.

    codeupdate sandbox prune --dry-run

    codeupdate sandbox prune --older-than 30
    """
    known = _environments([], None, None, include or [])
    known += _environments([], task, data, include or []) if task else []
    with _progress("removing", None) as progress:
        (bar,) = progress.task_ids
        found = prune_cache(
            known,
            task_folders(include or []),
            everything=everything,
            older_than=older_than,
            dry_run=dry_run,
            on_progress=progress.console.print,
            on_removed=lambda done, of: progress.update(bar, completed=done, total=of),
        )
    if as_json:
        removed = [{"folder": str(one.folder), "why": one.why} for one in found.removed]
        print_json({"removed": removed, "freed": found.freed, "dry_run": dry_run})
        return
    for one in found.removed:
        typer.echo(f"{one.folder.name}: {one.why}")
    verb = "would free" if dry_run else "freed"
    typer.echo(f"{len(found.removed)} environments; {verb} {_size(found.freed)}")


@app.command("run")
def run(
    file: Annotated[Path, typer.Argument(help="A Python program.", metavar="FILE")],
    environment: Annotated[str, typer.Option(help="What it runs in.", metavar="NAME")] = "python",
    sandbox: Annotated[str, typer.Option(help="auto, local or docker.")] = "auto",
    task: Task = None,
    data: Data = None,
    include: Include = None,
    as_json: AsJson = False,
) -> None:
    """Run one program and say how it ended.

    Exit status 0 however it ended, 1 where that could not be found out.

    codeupdate sandbox run program.py --environment arena --sandbox local --json
    """
    source = read_source(file)
    (chosen,) = _environments([environment], task, data, include or [])
    limits = load_task(task, data, include or []).limits if task else Limits()
    with (
        _progress(f"running {file.name}", None) as progress,
        open_sandbox(
            sandbox,
            workers=1,
            environments=[chosen.name],
            derived={chosen.name: chosen},
            on_progress=progress.console.print,
        ) as box,
    ):
        verdict = box.submit(Program(file.name, chosen.name, source, limits=limits)).result()
    if as_json:
        print_json(asdict(verdict))
    else:
        _print_verdict(verdict)
    if verdict.outcome is Outcome.INFRASTRUCTURE:
        raise typer.Exit(1)


def _print_verdict(verdict: Verdict) -> None:
    detail = _harmless(verdict.detail)
    typer.secho(f"{verdict.outcome}{': ' if detail else ''}{detail}", bold=True)
    for name, text in (("stdout", verdict.stdout), ("stderr", verdict.stderr)):
        if text:
            typer.echo(f"--- {name}\n{_harmless(text).rstrip()}")
    for what in verdict.suspicions:
        typer.echo(f"--- suspicious: {_harmless(what)}")
    typer.echo(
        f"--- {verdict.seconds:.2f} s, {verdict.cpu_seconds:.2f} s CPU, "
        f"{_size(verdict.peak_memory)}"
    )


def _harmless(text: str) -> str:
    """``text`` without what a terminal would take for a command."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )


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


# --------------------------------------------------------------------- in common


def _environments(
    names: Sequence[str], task: str | None, data: Path | None, include: Sequence[Path]
) -> list[Environment]:
    """Those of ``names``; without names all that ``task`` uses, or all that are files."""
    derived: Mapping[str, Environment] = {}
    wanted = list(names)
    if task is not None:
        found = load_task(task, data, include)
        derived = found.environments()
        wanted = wanted or list(dict.fromkeys(one.environment for one in found.problems()))
    elif data is not None:
        raise UsageError("--data is a copy of a task's data; name the task with --task")
    wanted = wanted or list(environment_names(include))
    return [derived.get(name) or load_environment(name, include) for name in wanted]


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Progress]:
    """A bar on stderr, where that is a terminal; else only what is printed above it."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}", style="dim"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        progress.add_task(what, total=total, now="")
        yield progress


def _size(count: float) -> str:
    """Bytes for a person to read."""
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"
