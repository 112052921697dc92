"""``codeupdate tasks validate``: is a task what it says?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from codeupdate.cli.options import AsJson, Include, comma_list, data_places, print_json
from codeupdate.errors import UsageError
from codeupdate.sandbox import NoSandbox, load_environment, open_sandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.validation import Validation
from codeupdate.tasks.validation import validate as validate_task
from codeupdate.types import Problem

SHOWN = 20  # faults of a task that are written out; --json has them all


def validate(
    names: Annotated[list[str], typer.Argument(help="Tasks; see 'codeupdate tasks list'.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="[TASK=]PATH of a copy of a task's data. Repeatable."),
    ] = None,
    include: Include = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many problems of a task.")
    ] = None,
    ids: Annotated[
        str | None, typer.Option(help="Only these problems, separated by commas.")
    ] = None,
    sandbox: Annotated[str, typer.Option(help="auto, local or docker.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Programs that run at once.", show_default="cores")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run every reference: it has to pass with its update, or in its version, and to fail
    without it, or in the other one.

    Also renders every prompt and counts the tests that tell old from new. Exit status 1
    where something is wrong with a task.

    codeupdate tasks validate kit-update

    codeupdate tasks validate humaneval --data HumanEval.jsonl.gz --limit 20
    """
    places = data_places(data or [], names)
    if stray := sorted(set(places) - set(names)):
        raise UsageError(f"--data names the task '{stray[0]}', which is not validated")
    tasks = [
        load_task(name, Path(places[name]).expanduser() if name in places else None, include or [])
        for name in dict.fromkeys(names)
    ]
    chosen = [_chosen(task, comma_list(ids), limit) for task in tasks]
    derived = {name: one for task in tasks for name, one in task.environments().items()}
    needed = {one.environment for problems in chosen for one in problems if one.environment}
    for environment in sorted(needed - set(derived)):
        load_environment(environment, include or [])  # a wrong name is found before anything runs
    with (
        _progress(sum(map(len, chosen))) as progress,
        open_sandbox(
            sandbox,
            workers=workers or os.cpu_count() or 1,
            include=include or [],
            derived=derived,
            on_progress=progress.console.print,
        )
        if needed
        else NoSandbox() as box,
    ):
        bar = progress.task_ids[0]
        found = [
            validate_task(task, problems, box, lambda _: progress.advance(bar))
            for task, problems in zip(tasks, chosen, strict=True)
        ]
    sound = not any(validation.faults for validation in found)
    if as_json:
        print_json({"ok": sound, "tasks": [_as_json(validation) for validation in found]})
    else:
        for validation in found:
            _print(validation)
    if not sound:
        raise typer.Exit(1)


def _chosen(task: FolderTask, ids: Sequence[str] | None, limit: int | None) -> list[Problem]:
    problems = list(task.problems())
    if ids is not None:
        known = {problem.id for problem in problems}
        if missing := [name for name in ids if name not in known]:
            raise UsageError(f"the task '{task.name}' has no problem '{missing[0]}' (--ids)")
        problems = [problem for problem in problems if problem.id in ids]
    return problems[:limit]


@contextmanager
def _progress(problems: int) -> Iterator[Progress]:
    """A bar on stderr, where that is a terminal."""
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        progress.add_task("references", total=problems)
        yield progress


def _as_json(validation: Validation) -> dict[str, Any]:
    return {
        "task": validation.task,
        "problems": len(validation.problems),
        "passed": validation.passed,
        "compared": len(validation.compared),
        "needless": sum(fault.what == "update" for fault in validation.faults),
        "weak": list(validation.weak),
        "faults": [asdict(fault) for fault in validation.faults],
    }


def _print(validation: Validation) -> None:
    facts = _as_json(validation)
    sentence = "{task}: {passed} of {problems} references pass".format(**facts)
    if validation.compared:
        failing = facts["compared"] - facts["needless"]
        sentence += f"; {validation.compared[0].against} {failing} of {facts['compared']} fail"
    typer.secho(sentence, bold=True)
    for fault in validation.faults[:SHOWN]:
        outcome = f" ({fault.outcome})" if fault.what == "reference" else ""
        message = " ".join(fault.message.split())[:200]
        typer.echo(f"  {fault.problem}: {fault.what}{outcome}: {message}")
    if len(validation.faults) > SHOWN:
        typer.echo(f"  … and {len(validation.faults) - SHOWN} more; --json lists them all")
    if validation.weak:
        typer.echo(
            f"  {len(validation.weak)} of {len(validation.compared)} problems have at most one "
            "test that tells old from new"
        )
