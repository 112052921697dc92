"""Makes environments ready: installs their packages once, into the user's cache.

A folder is built in its place, because its scripts know where they are, under a lock that dies
with its holders (we and our uv): two processes never build the same one at once, and one that
was killed leaves nothing behind that could be taken for an environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path

from codeupdate.cache import cache_folder
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.disk import disk_use
from codeupdate.sandbox.environments import Environment, ReadyEnvironment, with_system
from codeupdate.sandbox.interpreters import Interpreter
from codeupdate.sandbox.store import (
    MARKER,
    OnProgress,
    beside,
    describe_built,
    folder_of,
    has_folder,
    is_built,
    one_place,
    packages_of,
    python_of,
    whole_store,
)
from codeupdate.sandbox.system_needs import COMMANDS, LIBRARIES, capture, missing, what_to_install
from codeupdate.sandbox.uv import Uv, UvFailed

__all__ = ["BuildEvent", "Built", "build_all", "ready"]

TOLD = ("Building ", "Built ", "Downloading ", "Resolved ")  # of what uv says

_SETUPTOOLS = """
import ensurepip, glob, os, sysconfig
folders = [sysconfig.get_config_var("WHEEL_PKG_DIR") or "", os.path.dirname(ensurepip.__file__)]
found = [glob.glob(f"{folder}/{below}setuptools-*.whl")
         for folder, below in zip(folders, ("", "_bundled/")) if folder]
print(*sorted(sum(found, []))[-1:])
"""


@dataclass(frozen=True, slots=True)
class Built:
    """How the building of an environment ended; ``failure`` is empty where it is ready.

    ``seconds`` is 0 where it was there already; ``size`` counts links once, in bytes, those to
    packages that other environments have as well among them.
    """

    environment: Environment
    seconds: float = 0.0
    size: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class BuildEvent:
    """Something that happens to an environment; ``built`` when it is over."""

    environment: str
    said: str
    built: Built | None = None


def ready(environment: Environment, on_progress: OnProgress | None = None) -> ReadyEnvironment:
    """``environment`` with its packages installed, which may take minutes the first time.

    ``on_progress`` is told in short sentences what is going on; it is not called when the
    packages are there already.

    Raises:
        SandboxUnavailable: its Python or something that it needs of the system is not
            installed, or its packages cannot be.
    """
    if not is_built(environment):
        _build_if_needed(environment, Uv(cache_folder() / "uv"), on_progress or (lambda _: None))
    python = python_of(environment)
    if not has_folder(environment):
        return ReadyEnvironment(environment, python.executable, python.prefix, environment.paths)
    folder = folder_of(environment)
    with suppress(OSError):  # somebody else's cache may be used, and not be written to
        os.utime(folder / MARKER)  # when it was last used, for who wants to prune
    system = folder / "system"
    return ReadyEnvironment(
        environment,
        python.executable,
        python.prefix,
        (*environment.paths, *_if_there(packages_of(folder, environment))),
        system if system.is_dir() else None,
        _if_there(system / LIBRARIES),
        _if_there(system / COMMANDS),
    )


def build_all(
    environments: Sequence[Environment],
    jobs: int,
    on_event: Callable[[BuildEvent], None] | None = None,
) -> list[Built]:
    """Make ``environments`` ready, ``jobs`` at a time; one that fails is told and left out.

    ``on_event`` is called from several threads, one at a time.

    Raises:
        SandboxUnavailable: nothing can be built here at all.
    """
    guard = threading.Lock()

    def tell(event: BuildEvent) -> None:
        if on_event:
            with guard:
                on_event(event)

    def build(environment: Environment) -> Built:
        began = time.monotonic()
        try:
            new = _build_if_needed(
                environment, uv, lambda said: tell(BuildEvent(environment.name, said))
            )
            seconds = time.monotonic() - began if new else 0.0
            built = Built(environment, seconds, describe_built(environment).get("size", 0))
        except SandboxUnavailable as error:
            built = Built(environment, time.monotonic() - began, failure=str(error))
        if not uv.stopped:
            tell(BuildEvent(environment.name, built.failure or "ready", built))
        return built

    uv = Uv(cache_folder() / "uv")
    # What is compiled takes longest, so that it is not what everybody waits for at the end.
    order = sorted(environments, key=lambda one: not any(need.building for need in one.system))
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(build, environment): environment.name for environment in order}
        try:
            done = {running[future]: future.result() for future in as_completed(running)}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            uv.stop()
            raise
    return [done[environment.name] for environment in environments]


def _if_there(folder: Path) -> tuple[Path, ...]:
    return (folder,) if folder.is_dir() else ()


# -------------------------------------------------------------------------- building


def _build_if_needed(environment: Environment, uv: Uv, tell: OnProgress) -> bool:
    """Build it unless it is there; whether that was needed."""
    if is_built(environment):
        return False
    python, folder = python_of(environment), folder_of(environment)

    def give_up() -> bool:
        return uv.stopped

    try:
        with (
            whole_store(exclusive=False, tell=tell, give_up=give_up) as store,
            one_place(environment, tell=tell, give_up=give_up) as lock,
        ):
            if is_built(environment):
                return False  # another process has built it meanwhile
            _Build(environment, python, folder, uv, (store, lock), tell).run()
            return True
    except OSError as error:
        raise SandboxUnavailable(
            f"the environment '{environment.name}' cannot be built in '{folder.parent}': {error}; "
            "free the disk or set CODEUPDATE_CACHE to another folder"
        ) from error


@dataclass(frozen=True, slots=True)
class _Build:
    """One build, under the locks that it holds."""

    environment: Environment
    python: Interpreter
    folder: Path
    uv: Uv
    locks: tuple[int, ...]
    tell: OnProgress

    def run(self) -> None:
        """Build it, or leave nothing but the log.

        Raises:
            SandboxUnavailable: something is not on this system, or a step fails.
        """
        name = self.environment.name
        if lacking := missing(self.environment.system):
            raise SandboxUnavailable(f"the environment '{name}' needs {what_to_install(lacking)}")
        if self.folder.exists():
            shutil.rmtree(self.folder)  # of a build that was killed
        self.tell(f"building the environment '{name}' with Python {self.python.version}")
        began = time.monotonic()
        try:
            self._make()
            capture(self.environment, self.folder / "system", cache_folder() / "files")
            self._install()
            self._write_down(time.monotonic() - began)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _make(self) -> None:
        beside(self.folder, ".log").write_text("")
        if not self.environment.steps:
            self.folder.mkdir()
            self.folder.chmod(0o755)
            return
        self._follow(
            self.uv.make(self.folder, self.python.executable, self.locks),
            "",
            f"Python {self.python.version} cannot make the environment '{self.environment.name}'",
        )
        # An import hook for distutils that uv adds; nothing is installed by programs.
        for guard in packages_of(self.folder, self.environment).glob("_virtualenv.*"):
            guard.unlink()
        if wheel := _bundled_setuptools(self.python):
            self._install_step([str(wheel)], ["--no-deps"], "setuptools of", is_last=False)

    def _install(self) -> None:
        environment, steps = self.environment, self.environment.steps
        options = (
            ["--exclude-newer", f"{environment.before}T23:59:59Z"] if environment.before else []
        )
        for number, step in enumerate(steps, start=1):
            place = f"step {number} of {len(steps)} of"
            self._install_step(step, options, place, is_last=number == len(steps))

    def _install_step(
        self, requirements: Sequence[str], options: Sequence[str], place: str, *, is_last: bool
    ) -> None:
        """One installation; after the last one everything that is there is compiled."""
        place = f"{place} '{self.environment.name}'"
        self.tell(f"{place}: {', '.join(requirements)}")
        lines = self.uv.install(
            self.folder,
            requirements,
            options=[*options, *(["--compile-bytecode"] if is_last else [])],
            variables=with_system(self.environment.build_variables, str(self.folder / "system")),
            locks=self.locks,
        )
        self._follow(lines, place, f"{place} cannot be installed")

    def _follow(self, lines: Generator[str], place: str, failure: str) -> None:
        """Write down what uv says, and tell of what takes long.

        Raises:
            SandboxUnavailable: it failed; the message begins with ``failure``.
        """
        path = beside(self.folder, ".log")
        with path.open("a", encoding="utf-8") as log, closing(lines):
            log.write(f"--- {place or 'new environment'}\n")
            try:
                for line in lines:
                    log.write(line)
                    if line.strip().startswith(TOLD):
                        self.tell(f"{place}: {line.strip()[:100]}")
            except UvFailed as error:
                raise SandboxUnavailable(
                    f"{failure}: {error}; the whole output is in '{path}'"
                ) from error

    def _write_down(self, seconds: float) -> None:
        """The marker, which makes it an environment."""
        packages = distributions(path=[str(packages_of(self.folder, self.environment))])
        content = {
            "environment": asdict(self.environment),
            "python": self.python.version,
            "packages": sorted(f"{one.metadata['Name']}=={one.version}" for one in packages),
            "seconds": round(seconds, 1),
            "size": disk_use([self.folder]),
        }
        unfinished = self.folder / f"{MARKER}.part"
        unfinished.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
        unfinished.replace(self.folder / MARKER)


def _bundled_setuptools(python: Interpreter) -> Path | None:
    """The wheel of setuptools that this Python puts into new environments, if it does.

    Packages of its time import it, and it has to be the version of its time.

    Raises:
        SandboxUnavailable: it comes without ensurepip, which has the wheel.
    """
    command = [str(python.executable), "-I", "-S", "-c", _SETUPTOOLS]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SandboxUnavailable(
            f"Python {python.version} comes without ensurepip; "
            "on Debian run: apt-get install python3-venv"
        )
    return Path(done.stdout.strip()) if done.stdout.strip() else None
