"""Removes built environments that nothing refers to any more, and what is left of others.

Packages are links into uv's cache, so removing an environment frees little by itself: what
was linked to it alone goes with it.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codeupdate.cache import cache_folder
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.disk import entries, freed_by
from codeupdate.sandbox.store import (
    MARKER,
    OnProgress,
    environment_at,
    folder_of,
    whole_store,
)
from codeupdate.sandbox.uv import Uv
from codeupdate.types import Environment

__all__ = ["Pruned", "Pruning", "prune"]

DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Pruned:
    """One environment that is removed, and why."""

    folder: Path
    why: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is removed, and how many bytes that frees with all that only it needed."""

    removed: tuple[Pruned, ...]
    freed: int


def prune(
    known: Iterable[Environment],
    tasks: Iterable[str],
    *,
    everything: bool = False,
    older_than: float | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
    on_removed: Callable[[int, int], None] | None = None,
) -> Pruning:
    """Remove what is none of the ``known`` environments, or ``everything``.

    An environment that one of ``tasks`` has derived from its data is kept unless the task's
    environments are among the known ones: without the data nobody can say whether it is still
    needed. ``older_than``: those that were not used for so many days as well. ``dry_run``:
    remove nothing. ``on_progress`` is told what is waited for, ``on_removed`` how many of how
    many folders are gone.
    """
    tell = on_progress or (lambda _: None)
    with whole_store(exclusive=True, tell=tell):
        rule = _Rule(known, tasks, everything=everything, older_than=older_than)
        removed = [Pruned(folder, why) for folder in _folders() if (why := rule.why(folder))]
        environments = [one.folder for one in removed]
        stores = _stores() if everything else _only_used_by(environments, "files/*")
        packages = {} if everything else _packages(_only_used_by(environments, "uv/archive-v*/*"))
        doomed = [*environments, *stores, *(place for one in packages.values() for place in one)]
        pruning = Pruning(tuple(removed), freed_by(doomed))
        if not dry_run:
            for number, path in enumerate([*environments, *stores], start=1):
                _remove(path)
                if on_removed:
                    on_removed(number, len(environments) + len(stores))
            if packages:
                Uv(cache_folder() / "uv").forget(sorted(packages))
            for path in (cache_folder() / "environments").glob("*.lo[cg]*"):
                if not path.with_suffix("").exists():
                    path.unlink()  # of a build that failed
        return pruning


class _Rule:
    """Why a folder has to go."""

    def __init__(
        self,
        known: Iterable[Environment],
        tasks: Iterable[str],
        *,
        everything: bool,
        older_than: float | None,
    ) -> None:
        self._everything = everything
        self._older_than = older_than
        self._known: set[Path] = set()
        self._settled: set[str] = set()  # tasks whose environments are all known
        for environment in known:
            self._settled.add(_task_of(environment.name))
            with contextlib.suppress(SandboxUnavailable):  # without its Python it is not built
                self._known.add(folder_of(environment))
        self._open = set(tasks) - self._settled

    def why(self, folder: Path) -> str:
        """Empty where it may stay."""
        if self._everything:
            return "everything is removed"
        name = environment_at(folder)
        if name is None:
            return "its building was interrupted"
        if self._older_than is not None:
            days = (time.time() - (folder / MARKER).stat().st_mtime) / DAY
            if days > self._older_than:
                return f"it was not used for {days:.0f} days"
        if folder in self._known or _task_of(name) in self._open:
            return ""
        return "no environment is defined in this way any more"


def _task_of(name: str) -> str:
    """The task that has derived an environment; empty for one that is a file."""
    return name.rpartition("/")[0]


def _folders() -> list[Path]:
    return sorted(path for path in (cache_folder() / "environments").glob("*") if path.is_dir())


def _stores() -> list[Path]:
    return [path for name in ("uv", "files") if (path := cache_folder() / name).exists()]


def _only_used_by(environments: Sequence[Path], pattern: str) -> list[Path]:
    """What is linked into these environments and into no others."""
    going = Counter(entry.inode for entry in entries(environments))
    found = []
    for place in cache_folder().glob(pattern):
        inside = list(entries([place]))
        stays = any(entry.names - going[entry.inode] > 1 for entry in inside)
        if not stays and any(entry.inode in going for entry in inside):
            found.append(place)
    return found


def _packages(archives: Iterable[Path]) -> dict[str, list[Path]]:
    """Name → what uv keeps of the package. uv forgets a package in all its versions at once:
    one that is still in an environment stays there, and is fetched again for the next."""
    wanted = {_package_in(archive) for archive in archives}
    found: dict[str, list[Path]] = {}
    for archive in cache_folder().glob("uv/archive-v*/*"):
        if (name := _package_in(archive)) in wanted:
            found.setdefault(name, []).append(archive)
    return found


def _package_in(archive: Path) -> str:
    return next(archive.glob("*.dist-info")).name.partition("-")[0].lower()


def _remove(path: Path) -> None:
    """An environment with what lies beside it, a package, or a file."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    (path / MARKER).unlink(missing_ok=True)  # should we be killed, it is no environment any more
    shutil.rmtree(path)
    for ending in (".lock", ".log"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
