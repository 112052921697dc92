"""The sandbox without Docker: workers in namespaces of their own, on Linux.

It contains a program or refuses to run; there is nothing in between.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import isolation
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.pool import Resolve, WorkerDied, WorkerPool, hello, read_answer
from codeupdate.sandbox.surroundings import (
    command,
    environment_variables,
    placed,
    search_path,
)
from codeupdate.types import Program, Verdict

__all__ = ["LocalSandbox"]

SCRATCH_BYTES = 256 * 1024**2
FIRST_UID = 1_879_048_192  # far above those that systems and containers give out


class LocalSandbox:
    """Runs programs in namespaces on this machine (a ``Sandbox``).

    ``resolve`` gives the environment of a name, ready to be used.
    """

    name = "local"

    def __init__(self, resolve: Resolve, workers: int) -> None:
        self._pool = WorkerPool(launch, resolve, workers)

    def __enter__(self) -> LocalSandbox:
        check()
        self._pool.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.close()

    def submit(self, program: Program) -> Future[Verdict]:
        return self._pool.submit(program)


def check() -> None:
    """Start a worker without packages and let it go again.

    Raises:
        SandboxUnavailable: programs cannot be isolated here; the message says why and
            what would help.
    """
    if sys.platform != "linux":
        raise SandboxUnavailable(
            f"the local sandbox needs the namespaces of Linux, and this is {sys.platform}; "
            "use --sandbox docker"
        )
    base = Path(sys.base_prefix)
    python = base / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    worker = launch(ReadyEnvironment(Environment("check"), python, base), 0)
    try:
        answer, _ = worker.receive(30)
    except WorkerDied as error:
        raise SandboxUnavailable(f"the local sandbox does not start: {error}") from error
    finally:
        worker.kill()
    if "failed" in answer:
        raise SandboxUnavailable(
            f"the local sandbox cannot isolate programs here: {answer['failed']}; {_advice()}"
        )


def _advice() -> str:
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    try:
        if restricted.read_text().strip() == "1":
            return (
                "use --sandbox docker, or allow user namespaces: "
                "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
            )
    except OSError:
        pass
    return "use --sandbox docker"


def launch(ready: ReadyEnvironment, number: int) -> LocalWorker:
    """Start a worker for ``ready`` in namespaces of its own; ``number`` tells it from others."""
    root = os.geteuid() == 0
    first = FIRST_UID + (os.getpid() % 1_000_000) * 64 + 2 * number
    users = (first, first + 1) if root else (None, None)
    if ready.prefix.resolve().is_relative_to("/tmp"):
        raise SandboxUnavailable(
            f"the local sandbox cannot use the Python in '{ready.prefix}', because programs see "
            "an empty /tmp; use a Python that is installed elsewhere, or --sandbox docker"
        )
    plan = {
        "command": command(str(ready.interpreter)),
        "environment": environment_variables(ready),
        "visible": _with_targets([ready.prefix]),
        # Not where they lie: that may be in /tmp, where a user has tried something out.
        "placed": {inside: str(path) for inside, path in placed(ready).items()},
        "uid": users[0],
        "scratch_bytes": SCRATCH_BYTES,
    }
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", isolation.__file__, json.dumps(plan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us, and we end it in order
    )
    worker = LocalWorker(process)
    worker.send(
        hello(
            ready,
            users=users,
            search_path=search_path(ready),
            work="/tmp/work",
            scratch=["/tmp", "/dev/shm"],
        )
    )
    return worker


def _with_targets(paths: list[Path]) -> list[str]:
    """The paths and, where one is a link, what it leads to; without those below others."""
    wanted = sorted({str(p.absolute()) for p in paths} | {str(p.resolve()) for p in paths})
    system = ("/usr/", *(f"{folder}/" for folder in isolation.SYSTEM[1:]))
    kept: list[str] = []
    for path in wanted:
        below = any(path.startswith(f"{other}/") for other in kept)
        if not below and not path.startswith(system):
            kept.append(path)
    return kept


class LocalWorker:
    """A worker at the other end of two pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._in = process.stdin
        self._out = process.stdout

    def send(self, frame: bytes) -> None:
        try:
            self._in.write(frame)
            self._in.flush()
        except (OSError, ValueError) as error:
            raise WorkerDied("it ended before it was asked") from error

    def receive(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        return read_answer(self._read, seconds)

    def _read(self, count: int, deadline: float) -> bytes:
        data = b""
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._out], [], [], left)[0]:
                raise WorkerDied("it did not answer in time")
            part = os.read(self._out.fileno(), count - len(data))
            if not part:
                raise WorkerDied("it ended in the middle of a program")
            data += part
        return data

    def kill(self) -> None:
        # Process 1 of the namespace dies with its parent, and everything in it with it.
        self._process.kill()
        self._process.wait()
        for stream in (self._in, self._out):
            with contextlib.suppress(OSError):  # what a dead worker did not take is no loss
                stream.close()
