"""Where generated programs run: nowhere but in a sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from codeupdate.errors import MissingExtra, SandboxUnavailable, UsageError
from codeupdate.sandbox.building import BuildEvent, build_all, ready
from codeupdate.sandbox.environments import (
    Environment,
    ReadyEnvironment,
    environment_names,
    load_environment,
)
from codeupdate.sandbox.nowhere import NoSandbox
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.sandbox.store import OnProgress, is_built

__all__ = [
    "Environment",
    "NoSandbox",
    "Sandbox",
    "environment_names",
    "load_environment",
    "open_sandbox",
]

KINDS = ("auto", "docker", "local")


def open_sandbox(
    kind: str = "auto",
    *,
    workers: int,
    include: Sequence[Path] = (),
    environments: Iterable[str] = (),
    derived: Mapping[str, Environment] | None = None,
    on_progress: OnProgress | None = None,
) -> Sandbox:
    """The sandbox ``kind`` ("auto", "docker" or "local"), to be entered with ``with``.

    "auto" is "local" where the kernel isolates programs, else "docker". ``environments``
    are made ready at once, others when the first program needs them; ``on_progress`` is
    told of it. A name is looked up in ``derived`` first, then among the files.

    Raises:
        UsageError: there is no sandbox of that kind, or no environment of a name.
        SandboxUnavailable: "auto" finds none that works, or one of ``environments`` cannot
            be made ready; the message says why.
    """
    if kind not in KINDS:
        raise UsageError(f"there is no sandbox '{kind}'; known: {', '.join(KINDS)}")

    def define(name: str) -> Environment:
        return (derived or {}).get(name) or load_environment(name, include)

    def resolve(name: str) -> ReadyEnvironment:
        return ready(define(name), on_progress)

    if kind == "auto":
        kind = _what_works()
    _build([define(name) for name in environments], workers, on_progress)
    if kind == "docker":
        from codeupdate.sandbox.docker import DockerSandbox

        return DockerSandbox(resolve, workers)
    from codeupdate.sandbox.local import LocalSandbox

    return LocalSandbox(resolve, workers)


def _build(environments: Sequence[Environment], jobs: int, on_progress: OnProgress | None) -> None:
    """Build them together: what cannot be had is found out before anything is run."""
    wanted = [one for one in environments if not is_built(one)]

    def tell(event: BuildEvent) -> None:
        if on_progress and event.built is None:
            on_progress(event.said)

    for built in build_all(wanted, jobs, tell) if wanted else ():
        if built.failure:
            raise SandboxUnavailable(built.failure)


def _what_works() -> str:
    from codeupdate.sandbox import docker, local

    try:
        local.check()
        return "local"
    except SandboxUnavailable as error:
        why_not_local = str(error)
    try:
        docker.connect().close()
        return "docker"
    except (SandboxUnavailable, MissingExtra) as error:
        raise SandboxUnavailable(
            f"no sandbox works here; local: {why_not_local}; docker: {error}"
        ) from error
