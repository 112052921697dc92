"""Runs uv, which makes virtual environments and installs packages into them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.package_sources import package_sources

__all__ = ["Uv", "UvFailed", "find_uv"]

#: What a shell may have set for another Python than the one that packages are installed for.
NOT_PASSED_ON = ("CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV")
OUTPUT = ("[stdout]", "[stderr]")  # what precedes the output of a failed build


class UvFailed(Exception):
    """uv ended with a failure; the text is what it says about it, in one line."""


def find_uv() -> Path:
    """The program: that of the package ``uv``, else the one on ``PATH``.

    Raises:
        SandboxUnavailable: there is none.
    """
    try:
        from uv import find_uv_bin

        return Path(find_uv_bin())
    except (ImportError, FileNotFoundError):
        if found := shutil.which("uv"):
            return Path(found)
    raise SandboxUnavailable(
        "environments are built by uv, which is not installed; run: pip install uv"
    )


class Uv:
    """uv with a cache of its own in ``cache``, for one or more builds at the same time.

    The cache and what is built lie in one file system, so that packages are linked into
    environments and take their space once.

    Raises:
        SandboxUnavailable: there is no uv, or pip's configuration cannot be read.
    """

    def __init__(self, cache: Path) -> None:
        self._program = str(find_uv())
        self._sources = package_sources()
        self._variables = {
            **{key: value for key, value in os.environ.items() if key not in NOT_PASSED_ON},
            **self._sources.variables,
            "UV_CACHE_DIR": str(cache),
            "UV_LINK_MODE": "hardlink",
            "UV_NO_PROGRESS": "1",
            "UV_NO_WRAP": "1",  # of what it says, so that a message is one line
        }
        self._running: set[subprocess.Popen[str]] = set()
        self._guard = threading.Lock()
        self.stopped = False

    def make(self, folder: Path, python: Path, locks: Sequence[int]) -> Generator[str]:
        """Make the virtual environment ``folder``; gives the lines that uv says meanwhile.

        Raises:
            UvFailed: it cannot be made.
        """
        return self._run(["venv", "--no-project", "--python", str(python), str(folder)], {}, locks)

    def install(
        self,
        folder: Path,
        requirements: Sequence[str],
        *,
        options: Sequence[str] = (),
        variables: Mapping[str, str],
        locks: Sequence[int],
    ) -> Generator[str]:
        """Install into the virtual environment ``folder``, as ``make`` does in all else.

        Raises:
            UvFailed: something cannot be found, fetched or built.
        """
        into = ["pip", "install", "--python", str(folder / "bin" / "python")]
        return self._run([*into, *self._sources.options, *options, *requirements], variables, locks)

    def forget(self, packages: Sequence[str]) -> None:
        """Remove ``packages`` from the cache, in all their versions.

        Raises:
            SandboxUnavailable: that fails.
        """
        try:
            for _ in self._run(["cache", "clean", *packages], {}, ()):
                pass
        except UvFailed as error:
            raise SandboxUnavailable(
                f"uv cannot remove packages from its cache: {error}"
            ) from error

    def stop(self) -> None:
        """End what runs, and start nothing any more."""
        with self._guard:
            self.stopped = True
            for process in self._running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _run(
        self, arguments: Sequence[str], variables: Mapping[str, str], locks: Sequence[int]
    ) -> Generator[str]:
        lines: list[str] = []
        process = self._start(arguments, variables, locks)
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line)
                yield line
            if process.wait() != 0:
                raise UvFailed("it was stopped" if self.stopped else _reason(lines))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also compilers that it has started
            process.stdout.close()
            process.wait()
            with self._guard:
                self._running.discard(process)

    def _start(
        self, arguments: Sequence[str], variables: Mapping[str, str], locks: Sequence[int]
    ) -> subprocess.Popen[str]:
        with self._guard:
            if self.stopped:
                raise UvFailed("it was stopped")
            process = subprocess.Popen(
                [self._program, *arguments],
                env={**self._variables, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # so that it is ended with all that it has started
                pass_fds=locks,  # should we be killed, it goes on and holds them
                umask=0o022,  # programs run as another user, who has to be able to read it
            )
            self._running.add(process)
            return process


def _reason(lines: Sequence[str]) -> str:
    """What uv says of a failure, in one line.

    Its report begins with "error:" and goes on with causes; where a build has failed its
    output follows, of which the last line is the one worth repeating.
    """
    said = [line.strip() for line in lines if line.strip()]
    begin = next((n for n, line in enumerate(said) if line.startswith("error:")), 0)
    report = [line for line in said[begin:] if not line.startswith("hint:")]
    output = next((n for n, line in enumerate(report) if line in OUTPUT), len(report))
    causes = [re.sub(r"^(error|cause|Caused by):", "", line).strip() for line in report[:output]]
    causes += report[output + 1 :][-1:]
    return ": ".join(cause.rstrip(":.") for cause in causes) or "it said nothing"
