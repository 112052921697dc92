"""Where built environments are kept, and who may touch them.

::

    environments/NAME-KEY/             a virtual environment, and what it has of a system
    environments/NAME-KEY/built.json   written last: without it the folder is a ruin
    environments/NAME-KEY.log          what uv said; .lock is held by who builds
    uv/                                uv's cache, from which packages are linked
    files/                             copies of the system's files, linked likewise

KEY stands for what determines the content.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codeupdate.cache import cache_folder
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.interpreters import Interpreter, find_interpreter, running_interpreter
from codeupdate.sandbox.system_needs import is_self_sufficient
from codeupdate.types import Environment

__all__ = [
    "MARKER",
    "GiveUp",
    "OnProgress",
    "beside",
    "describe_built",
    "environment_at",
    "folder_of",
    "has_folder",
    "is_built",
    "one_place",
    "packages_of",
    "python_of",
    "whole_store",
]

OnProgress = Callable[[str], None]
GiveUp = Callable[[], bool]

MARKER = "built.json"
METHOD = 1  # how environments are built; another number builds them all again


def is_built(environment: Environment) -> bool:
    """Whether ``ready`` would find all packages there.

    Raises:
        SandboxUnavailable: its Python is not installed.
    """
    python_of(environment)
    return not has_folder(environment) or (folder_of(environment) / MARKER).is_file()


def describe_built(environment: Environment) -> dict[str, Any]:
    """What was written down when it was built: packages, seconds, size; empty if it is not."""
    return _marker(folder_of(environment)) or {}


def environment_at(folder: Path) -> str | None:
    """The name of the environment in ``folder``; None where that is no (whole) environment."""
    found = _marker(folder)
    return found["environment"]["name"] if found else None


def _marker(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / MARKER).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def folder_of(environment: Environment) -> Path:
    """Where it is, or will be once it is built.

    Raises:
        SandboxUnavailable: its Python is not installed.
    """
    name = f"{environment.name.replace('/', '-')}-{_key(environment)}"
    return cache_folder() / "environments" / name


def beside(folder: Path, ending: str) -> Path:
    """The log or the lock of the environment in ``folder``."""
    return folder.with_name(folder.name + ending)


def _key(environment: Environment) -> str:
    """Changes exactly when what would be installed could."""
    content = [
        METHOD,
        environment.steps,
        environment.before,
        [asdict(need) for need in environment.system],
        sorted(environment.files.items()),
        sorted(environment.build_variables.items()),
        python_of(environment).version,
        platform.system(),
        platform.machine(),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def python_of(environment: Environment) -> Interpreter:
    """The interpreter for which its packages are installed.

    Raises:
        SandboxUnavailable: it is not installed.
    """
    return find_interpreter(environment.python) if environment.python else running_interpreter()


def has_folder(environment: Environment) -> bool:
    """Whether there is anything to build."""
    return bool(environment.steps) or not is_self_sufficient(environment)


def packages_of(folder: Path, environment: Environment) -> Path:
    """The folder with the packages of ``environment``, which is in ``folder``."""
    return folder / "lib" / f"python{environment.python_version}" / "site-packages"


# ---------------------------------------------------------------------------- locks


@contextmanager
def whole_store(
    *, exclusive: bool, tell: OnProgress, give_up: GiveUp = lambda: False
) -> Iterator[int]:
    """Holds the lock of all environments: many build at the same time, who removes is alone.

    It gives the descriptor, which child processes may hold too; so does ``one_place``.

    Raises:
        SandboxUnavailable: ``give_up`` said so while we waited.
    """
    folder = cache_folder() / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    waiting = "waiting for another process that builds or removes environments"
    with _locked(folder / ".lock", kind, waiting, tell, give_up) as lock:
        yield lock


@contextmanager
def one_place(environment: Environment, *, tell: OnProgress, give_up: GiveUp) -> Iterator[int]:
    """Holds the lock of one environment.

    Raises:
        SandboxUnavailable: ``give_up`` said so while we waited.
    """
    path = beside(folder_of(environment), ".lock")
    waiting = f"waiting for another process that builds the environment '{environment.name}'"
    with _locked(path, fcntl.LOCK_EX, waiting, tell, give_up) as lock:
        yield lock


@contextmanager
def _locked(
    path: Path, kind: int, waiting: str, tell: OnProgress, give_up: GiveUp
) -> Iterator[int]:
    with path.open("a") as file:
        told = False
        while True:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if give_up():
                    raise SandboxUnavailable("it was stopped") from None
                if not told:
                    tell(waiting)
                told = True
                time.sleep(0.1)
        yield file.fileno()
