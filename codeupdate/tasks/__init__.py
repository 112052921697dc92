"""Tasks: where problems come from, how they are asked and how answers are judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codeupdate import plugins
from codeupdate.errors import DataError
from codeupdate.tasks.downloads import downloaded
from codeupdate.tasks.folder import FolderTask
from codeupdate.tasks.protocol import Task
from codeupdate.tasks.schema import read_task_spec

__all__ = ["FolderTask", "Task", "load_task", "task_folders"]

MARKER = "task.yaml"


def task_folders(include: Sequence[Path] = ()) -> dict[str, Path]:
    """Name → folder of every task that can be found."""
    return plugins.names("tasks", MARKER, include)


def load_task(name: str, data: Path | None = None, include: Sequence[Path] = ()) -> FolderTask:
    """The task ``name``, reading its data from ``data`` where that is given, or from where
    ``tasks download`` has put them.

    Raises:
        UsageError: there is no task of that name.
        DataError: its ``task.yaml`` is faulty, or ``data`` does not exist.
    """
    folder = plugins.find("tasks", name, MARKER, include)
    if data is not None and not data.exists():
        raise DataError(f"--data names '{data}', which does not exist")
    spec = read_task_spec(folder / MARKER)
    if data is None and spec.data.hub is not None:
        data = downloaded(name, spec.data.hub)
    adapter = folder / "task.py"
    if not adapter.exists():
        return FolderTask(folder, spec, data)
    module = plugins.load_module(adapter)
    task_class = getattr(module, "Task", None)
    if not (isinstance(task_class, type) and issubclass(task_class, FolderTask)):
        raise DataError(f"'{adapter}' has to define 'class Task(FolderTask)'")
    return task_class(folder, spec, data)
