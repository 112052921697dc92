"""``codeupdate tasks list``: what there is, and where its data are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from codeupdate.cli.options import AsJson, Include, print_json, print_rows
from codeupdate.errors import DataError
from codeupdate.tasks import FolderTask, load_task, task_folders
from codeupdate.tasks.downloads import download_command

HEAD = ["NAME", "FAMILY", "PROBLEMS", "ENVIRONMENTS", "ARMS", "LICENCE", "DATA", "SUMMARY"]
NAMES = 2  # of environments and arms that are written out; --json has them all


def list_tasks(include: Include = None, as_json: AsJson = False) -> None:
    """List the tasks: family, size, environments, arms, licence, where data come from.

    A number of problems in parentheses is that of data which are not at hand.

    codeupdate tasks list

    codeupdate tasks list --include ../my-benchmarks --json
    """
    rows = [_listed(name, include or []) for name in task_folders(include or [])]
    if as_json:
        print_json({"tasks": rows})
        return
    print_rows(HEAD, [_cells(row) for row in rows])
    for row in rows:
        if row["data"]:
            more = f"; or fetch them: {row['download']}" if row["download"] else ""
            typer.echo(f"\n{row['name']}: {row['data']}{more}")


def _listed(name: str, include: list[Path]) -> dict[str, Any]:
    """``problems`` is None where they are not at hand; ``data`` then says how to get them.
    ``environments`` is None where they are derived from such data."""
    row: dict[str, Any] = {"name": name, "summary": "", "licence": "", "family": None}
    row |= {"problems": None, "size": None, "environments": [], "arms": [], "prompts": []}
    row |= {"origin": None, "download": None}
    try:
        task = load_task(name, include=include)
        spec = task.spec
        row |= {"summary": task.summary, "licence": spec.licence, "family": spec.family}
        row |= {"size": spec.size, "arms": list(spec.arms), "prompts": task.templates.names()}
        row |= {"origin": _origin(task), "environments": None}
        if spec.data.hub and task.data is None:
            row["download"] = download_command(name, spec.data.hub)
        if not spec.environment:
            task.environments()
        row |= {"environments": [spec.environment] if spec.environment else []}
        problems = task.problems()
    except DataError as error:  # one faulty task must not hide the others
        return {**row, "data": str(error)}
    row["environments"] = sorted({one.environment for one in problems if one.environment})
    return {**row, "problems": len(problems), "size": len(problems), "data": None}


def _origin(task: FolderTask) -> str:
    """Where the data come from, or would."""
    hub = task.spec.data.hub
    if hub is not None:
        return f"hub: {hub.repository}" if task.data is None else "downloaded"
    try:
        task.problems()
    except DataError:
        return "--data PATH"
    return "with the task"


def _cells(row: dict[str, Any]) -> list[str]:
    if row["problems"] is None:
        count = f"({row['size']})" if row["size"] else "?"
    else:
        count = str(row["problems"])
    return [
        row["name"],
        row["family"] or "?",
        count,
        "from data" if row["environments"] is None else _few(row["environments"]),
        _few(row["arms"]),
        row["licence"] or "?",
        row["origin"] or "?",
        row["summary"],
    ]


def _few(names: list[str]) -> str:
    return ", ".join(names) if 0 < len(names) <= NAMES else str(len(names) or "–")
