"""Finds the folders that hold tasks, editors and sandbox environments.

A *root* is a folder with ``tasks/``, ``editors/`` or ``sandbox/`` in it. Roots, in
the order in which they are searched (the first one that holds a name wins):

1. folders given by hand (``--include DIR``),
2. the folders in ``$CODEUPDATE_PATH``,
3. installed packages that declare an entry point in the group ``codeupdate.plugins``
   (its value names an importable package; the package's folder is the root),
4. what comes with codeupdate: the checkout, or the copy inside the wheel.

This is the only module that knows where those folders are.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from codeupdate.errors import DataError, UsageError

__all__ = [
    "Place",
    "bundled",
    "data_folder",
    "find",
    "folder",
    "load_module",
    "names",
    "place_in_own",
    "roots",
]

KINDS = ("tasks", "editors", "sandbox")
PREFIX = "codeupdate_plugin_"  # of the names of their modules


def bundled() -> Path:
    """The root that comes with codeupdate."""
    package = Path(__file__).parent
    inside_wheel = package / "_bundled"
    return inside_wheel if inside_wheel.is_dir() else package.parent


def folder(kind: str) -> Path:
    """The bundled folder of one kind: ``tasks``, ``editors``, ``sandbox`` or ``data``."""
    return bundled() / kind


def data_folder() -> Path:
    """The problem sets and the small model that come with the project."""
    return folder("data")


def roots(include: Sequence[Path] = ()) -> Iterator[Path]:
    """All roots, first match first.

    Raises:
        UsageError: a folder given by hand or in ``$CODEUPDATE_PATH`` holds no plugins.
    """
    from_environment = os.environ.get("CODEUPDATE_PATH", "")
    by_hand = [(path, "--include") for path in include]
    by_hand += [
        (Path(part), "$CODEUPDATE_PATH") for part in from_environment.split(os.pathsep) if part
    ]
    for path, source in by_hand:
        if not any((path / kind).is_dir() for kind in KINDS):
            raise UsageError(
                f"{source} names '{path}', which has none of the folders "
                f"{', '.join(kind + '/' for kind in KINDS)}; name the folder that contains them"
            )
        yield path.resolve()
    for point in entry_points(group="codeupdate.plugins"):
        spec = importlib.util.find_spec(point.value)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(location)
    yield bundled()


def names(kind: str, marker: str, include: Sequence[Path] = ()) -> dict[str, Path]:
    """Name → folder of every plugin of ``kind``; a plugin is a folder with the file ``marker``."""
    found: dict[str, Path] = {}
    for root in roots(include):
        for path in sorted((root / kind).glob(f"*/{marker}")):
            found.setdefault(path.parent.name, path.parent)
    return found


def find(kind: str, name: str, marker: str, include: Sequence[Path] = ()) -> Path:
    """The folder of the plugin ``name``.

    Raises:
        UsageError: there is none; the message says which there are.
    """
    known = names(kind, marker, include)
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    raise UsageError(
        f"there is no {kind.removesuffix('s')} '{name}'; {hint}known: {', '.join(sorted(known))}"
    )


def load_module(path: Path) -> ModuleType:
    """Import the plugin file ``path`` under a module name of its own.

    The name is made from the whole path, so that two plugins of the same name in two
    roots never share a module; a second call returns the module already loaded.

    Raises:
        DataError: the file cannot be imported.
    """
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    stem = f"{path.parent.name}_{path.stem}".replace("-", "_")
    name = f"{PREFIX}{stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DataError(f"the plugin file '{path}' is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pydantic look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise DataError(
            f"the plugin file '{path}' cannot be imported: {type(error).__name__}: {error}"
        ) from error
    return module


@dataclass(frozen=True, slots=True)
class Place:
    """A line in a plugin: ``kind`` and ``name`` say of which, ``file`` is below its root."""

    kind: str
    name: str
    file: Path
    line: int


def place_in_own(error: BaseException) -> Place | None:
    """Where ``error`` was last in a plugin that did not come with codeupdate; None where it
    was in none."""
    own = {
        Path(module.__file__).parent
        for name, module in list(sys.modules.items())
        if name.startswith(PREFIX) and module.__file__
    }
    own = {place for place in own if place.parent.parent.resolve() != bundled().resolve()}
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        for place in own:
            if file.is_relative_to(place):
                below = file.relative_to(place.parent.parent)
                found = Place(place.parent.name.removesuffix("s"), place.name, below, line)
    return found
