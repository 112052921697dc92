"""What a worker finds around itself, the same in every sandbox: verdicts must not hang on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from codeupdate import plugins
from codeupdate.sandbox.environments import ReadyEnvironment

__all__ = ["SYSTEM", "command", "environment_variables", "placed", "search_path"]

WORKER = "/worker"  # the folder of the worker, inside
SYSTEM = "/environment/system"  # what an environment brings along of a system


def command(python: str) -> list[str]:
    """How a worker is started. Not isolated (-I), because that would leave the seed of
    hashes to chance; its variables are ours and its folder is not on the path for long."""
    return [python, "-s", "-S", "-B", WORKER]


def search_path(ready: ReadyEnvironment) -> list[str]:
    """Where the folders of ``ready.search_path`` appear."""
    return [f"/environment/{number}" for number in range(len(ready.search_path))]


def placed(ready: ReadyEnvironment) -> dict[str, Path]:
    """Place inside → folder outside, to be seen there read-only."""
    places = dict(zip(search_path(ready), ready.search_path, strict=True))
    if ready.system is not None:
        places[SYSTEM] = ready.system
    return {WORKER: plugins.folder("sandbox") / "worker", **places}


def environment_variables(ready: ReadyEnvironment) -> dict[str, str]:
    """The worker's environment variables, before those of ``Environment.variables``."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "RAYON")
    variables = {
        "PATH": ":".join([*_inside(ready, ready.commands), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "USER": "sandbox",
        "PYTHONHASHSEED": "0",
        **{f"{library}_NUM_THREADS": "1" for library in threads},
    }
    if ready.libraries:
        # The loader reads it once, when the worker starts.
        variables["LD_LIBRARY_PATH"] = ":".join(_inside(ready, ready.libraries))
    return variables


def _inside(ready: ReadyEnvironment, folders: Iterable[Path]) -> list[str]:
    assert ready.system is not None or not folders
    return [f"{SYSTEM}/{folder.relative_to(ready.system or folder)}" for folder in folders]
