"""What environments need of the operating system: is it there, and a copy of it.

An environment has to run in a container in which nothing is installed, so what it declares
is copied into its folder ``system``::

    system/libraries/    shared libraries with those that they need, for LD_LIBRARY_PATH
    system/commands/     programs, each with a folder of what it needs, for PATH
    system/…             files and folders, where the declaration says, and the environment's own

Copies are links into one store of files named for their content: ten environments that need
ffmpeg have it once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.shared_libraries import RUNTIME, find_library, linked
from codeupdate.types import Environment, SystemNeed

__all__ = ["COMMANDS", "LIBRARIES", "capture", "is_self_sufficient", "missing", "what_to_install"]

LIBRARIES, COMMANDS = "libraries", "commands"

# The loader takes nothing from outside, so the command runs in a container of any age.
WRAPPER = """\
#!/bin/sh
here="${{0%/*}}/.{name}"
exec "$here/{loader}" --library-path "$here" "$here/{name}" "$@"
"""


def missing(needs: Iterable[SystemNeed]) -> list[SystemNeed]:
    """Those of ``needs`` that this system does not have."""
    return [need for need in needs if _find(need) is None]


def what_to_install(needs: Sequence[SystemNeed]) -> str:
    """What is missing and the command that provides it: "x and y, which …; run: …"."""
    *most, last = dict.fromkeys(need.what for need in needs)
    names = f"{', '.join(most)} and {last}, which are" if most else f"{last}, which is"
    packages = " ".join(sorted({need.package for need in needs}))
    return f"{names} not on this system; run: apt-get install {packages}"


def is_self_sufficient(environment: Environment) -> bool:
    """Whether it needs nothing of the system and has no files of its own."""
    return not environment.files and all(need.building for need in environment.system)


def capture(environment: Environment, folder: Path, store: Path) -> None:
    """Put what ``environment`` declares into ``folder``, through the files in ``store``;
    without declarations there is no such folder.

    Raises:
        SandboxUnavailable: something is not on this system.
    """
    for need in environment.system:
        if need.building:
            continue
        found = _find(need)
        if found is None:
            raise SandboxUnavailable(f"the system has no longer {need.what}; try again")
        if need.library:
            _capture_library(need.library, found, folder / LIBRARIES, store)
        elif need.command:
            _capture_command(need.command, found, folder / COMMANDS, store)
        else:
            _capture_path(found, folder / (need.to or need.path.lstrip("/")), store)
    for path, text in environment.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o644)
    for place in (folder, *folder.rglob("*")):
        if place.is_dir():
            place.chmod(0o755)  # programs run as another user, who has to be able to pass


def _find(need: SystemNeed) -> Path | None:
    if need.library:
        return find_library(need.library)
    if need.command:
        found = shutil.which(need.command)
        return Path(found) if found else None
    path = Path(need.path)
    return path if path.exists() else None


def _capture_library(name: str, path: Path, folder: Path, store: Path) -> None:
    for library in {path, *linked([path])}:
        if library.name not in RUNTIME and not _is_loader(library):
            _place(library, folder / library.name, store)
    # Who looks for "sndfile" with ctypes asks the linker, which wants it without a version.
    plain = folder / f"{name.partition('.so')[0]}.so"
    if not plain.exists():
        plain.symlink_to(name)


def _capture_command(name: str, path: Path, folder: Path, store: Path) -> None:
    libraries = linked([path])
    loader = next((library for library in libraries if _is_loader(library)), None)
    if loader is None:  # a script, or a program that needs nothing
        _place(path, folder / name, store)
        return
    for file in libraries:
        _place(file, folder / f".{name}" / file.name, store)
    _place(path, folder / f".{name}" / name, store)
    wrapper = folder / name
    wrapper.write_text(WRAPPER.format(name=name, loader=loader.name))
    wrapper.chmod(0o755)


def _is_loader(library: Path) -> bool:
    return library.name.startswith(("ld-", "ld64."))


def _capture_path(path: Path, place: Path, store: Path) -> None:
    if path.is_file():
        _place(path, place, store)
        return
    place.mkdir(parents=True, exist_ok=True)
    for inside in sorted(path.iterdir()):
        _capture_path(inside, place / inside.name, store)


def _place(source: Path, target: Path, store: Path) -> None:
    """Let ``target`` be a copy of ``source`` that shares its space with all others."""
    content = source.read_bytes()
    executable = os.access(source, os.X_OK)
    kept = store / f"{hashlib.sha256(content).hexdigest()}{'-x' if executable else ''}"
    if not kept.exists():
        store.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=store)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(unfinished).chmod(0o755 if executable else 0o644)
        Path(unfinished).replace(kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return  # two libraries may need the same third
    try:
        target.hardlink_to(kept)
    except OSError:  # there are file systems without links
        shutil.copy(kept, target)
