"""Finds an installed CPython of a wanted version, in the ordinary ways.

Looked at in this order: the one that runs codeupdate, ``pythonX.Y`` on ``PATH``, what pyenv
has installed, what uv has installed. What is found is believed only after it has run
and said what it is: on ``PATH`` there may be shims of versions that are not there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.uv import find_uv

__all__ = ["Interpreter", "find_interpreter", "running_interpreter"]

_PROBE = (
    "import json, platform, sys; print(json.dumps([sys.base_prefix, "
    "'%d.%d.%d' % sys.version_info[:3], platform.python_implementation()]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A base interpreter: not that of a virtual environment."""

    executable: Path
    prefix: Path
    version: str  # "3.11.7"


def running_interpreter() -> Interpreter:
    """The installation that runs codeupdate, from inside a virtual environment or not."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _at(Path(sys.base_prefix), version)


def find_interpreter(version: str) -> Interpreter:
    """An installed CPython of ``version`` ("3.11").

    Raises:
        SandboxUnavailable: there is none; the message names the command that installs one.
            Or there is no uv.
    """
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return running_interpreter()
    for candidate in _candidates(version):
        found = _probe(candidate, version)
        if found:
            return found
    raise SandboxUnavailable(
        f"Python {version} is needed and not installed (looked on PATH, in pyenv and in uv); "
        f"run: uv python install {version}, or: pyenv install {version}"
    )


def _candidates(version: str) -> Iterator[Path]:
    for folder in os.get_exec_path():
        path = Path(folder, f"python{version}")
        if path.is_file():
            yield path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = [
        path
        for path in pyenv.glob(f"versions/{version}.*/bin/python{version}")
        if path.parts[-3].rpartition(".")[2].isdigit()  # 3.11.7, not 3.11.7-debug
    ]
    yield from sorted(installed, key=lambda path: int(path.parts[-3].rpartition(".")[2]))[::-1]
    uv = [str(find_uv()), "python", "find", "--no-project", "--no-cache"]
    if found := _output([*uv, "--managed-python", "--no-python-downloads", version]):
        yield Path(found)


@cache  # an environment after the other asks for the same few
def _probe(executable: Path, version: str) -> Interpreter | None:
    """What ``executable`` is; None where it does not run or is something else."""
    said = _output([str(executable), "-I", "-S", "-c", _PROBE])
    if said is None:
        return None
    try:
        prefix, exact, implementation = json.loads(said)
    except ValueError:
        return None  # a script of that name which does something else
    if implementation != "CPython" or exact.rpartition(".")[0] != version:
        return None
    found = _at(Path(prefix), exact)
    return found if found.executable.exists() else None


def _at(prefix: Path, version: str) -> Interpreter:
    return Interpreter(prefix / "bin" / f"python{version.rpartition('.')[0]}", prefix, version)


def _output(command: list[str]) -> str | None:
    """What ``command`` prints; None where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
