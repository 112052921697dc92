"""Makes an environment ready: installs its packages once, into the user's cache.

Every environment gets a folder named for what determines its content. It is built beside
its place and moved there when it is complete, under a lock that dies with its holders (we
and our pip): two processes never build the same one at once, and one that was killed leaves
nothing behind that could be taken for an environment.

The packages are installed by pip as the user has configured it (indexes, local wheels).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.interpreters import Interpreter, find_interpreter, running_interpreter

__all__ = ["OnProgress", "cache_folder", "is_built", "ready"]

OnProgress = Callable[[str], None]


def cache_folder() -> Path:
    """Where built environments are kept; what is in it may be deleted at any time.

    ``$CODEUPDATE_CACHE``, else ``codeupdate/`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    if own := os.environ.get("CODEUPDATE_CACHE"):
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codeupdate"


def ready(environment: Environment, on_progress: OnProgress | None = None) -> ReadyEnvironment:
    """``environment`` with its packages installed, which may take minutes the first time.

    ``on_progress`` is told in short sentences what is going on; it is not called when the
    packages are there already.

    Raises:
        SandboxUnavailable: its Python is not installed, or its packages cannot be.
    """
    tell = on_progress or (lambda _: None)
    python = find_interpreter(environment.python) if environment.python else running_interpreter()
    installed: tuple[Path, ...] = ()
    if environment.steps:
        folder = _built(environment, python, tell)
        installed = (folder / "lib" / f"python{environment.python_version}" / "site-packages",)
    return ReadyEnvironment(
        environment, python.executable, python.prefix, (*environment.paths, *installed)
    )


def is_built(environment: Environment) -> bool:
    """Whether ``ready`` would find all packages there.

    Raises:
        SandboxUnavailable: its Python is not installed.
    """
    python = find_interpreter(environment.python) if environment.python else running_interpreter()
    return not environment.steps or _folder(environment, python).is_dir()


def _folder(environment: Environment, python: Interpreter) -> Path:
    return cache_folder() / "environments" / f"{environment.name}-{_digest(environment, python)}"


def _built(environment: Environment, python: Interpreter, tell: OnProgress) -> Path:
    """The folder of the built environment, built now if need be."""
    folder = _folder(environment, python)
    parent = folder.parent
    if folder.is_dir():
        return folder
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock"), environment, tell) as lock:
            if not folder.is_dir():  # another process may have built it meanwhile
                _build(environment, python, folder, lock, tell)
    except OSError as error:
        raise SandboxUnavailable(
            f"the environment '{environment.name}' cannot be built in '{parent}': {error}; "
            "free the disk or set CODEUPDATE_CACHE to another folder"
        ) from error
    return folder


def _digest(environment: Environment, python: Interpreter) -> str:
    """Changes exactly when what would be installed could."""
    content = [environment.steps, python.version, platform.system(), platform.machine()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


@contextmanager
def _locked(path: Path, environment: Environment, tell: OnProgress) -> Iterator[int]:
    """Holds the lock ``path``; gives its descriptor, which child processes hold too."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"waiting for another process that builds the environment '{environment.name}'")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _build(
    environment: Environment, python: Interpreter, folder: Path, lock: int, tell: OnProgress
) -> None:
    building = folder.with_suffix(".building")
    if building.exists():
        shutil.rmtree(building)  # of a build that was killed
    log = folder.with_suffix(".log")
    tell(f"building the environment '{environment.name}' with Python {python.version}")
    try:
        with log.open("w", encoding="utf-8") as file:
            make = [str(python.executable), "-I", "-m", "venv", str(building)]
            for line in _run(make, f"Python {python.version} cannot make '{building}'", lock, log):
                file.write(line)
            pip = [str(building / "bin" / "python"), "-I", "-m", "pip", "install"]
            pip += ["--no-input", "--disable-pip-version-check"]
            for number, step in enumerate(environment.steps, start=1):
                place = f"step {number} of {len(environment.steps)} of '{environment.name}'"
                tell(f"{place}: {', '.join(step)}")
                for line in _run([*pip, *step], f"{place} cannot be installed", lock, log):
                    file.write(line)
                    if line.startswith(("Collecting ", "Installing ")):
                        tell(f"{place}: {line.strip()[:100]}")
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    building.rename(folder)


def _run(command: list[str], failure: str, lock: int, log: Path) -> Iterator[str]:
    """The lines that ``command`` writes, as it writes them.

    Raises:
        SandboxUnavailable: it failed; the message begins with ``failure``.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=[lock],
        umask=0o022,  # programs run as another user, who has to be able to read it
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line)
                yield line
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise SandboxUnavailable(f"{failure}: {_reason(lines)}; the whole output is in '{log}'")


def _reason(lines: list[str]) -> str:
    """The line in which pip or venv says what is wrong."""
    text = "".join(lines)
    if "Retrying (Retry" in text:
        return "the package index cannot be reached (pip config list shows which it is)"
    if "ensurepip" in text:
        return "it comes without ensurepip (on Debian: apt-get install python3-venv)"
    said = [line.strip() for line in lines if line.strip()]
    errors = [
        line.removeprefix("ERROR:").strip()
        for line in said
        if line.startswith("ERROR:") and "ResolutionImpossible" not in line
    ]
    return (errors or said or ["it said nothing"])[-1].rstrip(".")
