"""The sandbox in Docker: a warm container for every worker.

A container is a plain ``python:X.Y-slim``; the worker and the packages are mounted into it
read-only. It has no network, nothing to write to but bounded memory, no capabilities but
those that the worker needs to judge a program, and it is removed when its worker ends.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from codeupdate.errors import MissingExtra, SandboxUnavailable
from codeupdate.sandbox import leftovers
from codeupdate.sandbox.environments import ReadyEnvironment
from codeupdate.sandbox.pool import Resolve, WorkerDied, WorkerPool, hello, read_answer
from codeupdate.sandbox.surroundings import (
    command,
    environment_variables,
    placed,
    search_path,
)
from codeupdate.types import Program, Verdict

__all__ = ["DockerSandbox", "connect", "image_name", "require_image"]

#: For the worker: to read and remove what programs made, to end them, to give them another
#: user, to see how much memory they share. Programs have none.
CAPABILITIES = ("DAC_OVERRIDE", "KILL", "SETGID", "SETUID", "SYS_PTRACE")
SCRATCH_BYTES = 256 * 1024**2  # in /tmp and as much in /dev/shm
# Of the machine, for a container. Programs have limits of their own; this one protects the
# machine, and no verdict may hang on how many workers there are.
MEMORY_SHARE = 0.9
PROCESSES = 512  # in a container; a program's own limit is lower
SEND_SECONDS = 60.0
ENGINE_SECONDS = 90.0  # for an engine that is restarted to answer again
# A user for every worker: the kernel counts processes by user, for all containers together.
# Engines that run in a user namespace have only the lower ones.
FIRST_UID, FIRST_UID_IN_NAMESPACE = 1_879_048_192, 20_000


class DockerSandbox:
    """Runs programs in containers (a ``Sandbox``).

    ``resolve`` gives the environment of a name, ready to be used.
    """

    name = "docker"

    def __init__(self, resolve: Resolve, workers: int) -> None:
        self._resolve = resolve
        self._workers = workers

    def __enter__(self) -> DockerSandbox:
        self._client = connect()
        leftovers.remove(self._client)
        launch = partial(_launch, _Engine(self._client))
        self._pool = WorkerPool(launch, self._resolve_with_image, self._workers)
        self._pool.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.close()
        self._client.close()

    def submit(self, program: Program) -> Future[Verdict]:
        return self._pool.submit(program)

    def _resolve_with_image(self, name: str) -> ReadyEnvironment:
        ready = self._resolve(name)
        require_image(self._client, ready.environment.python_version)
        return ready


def connect() -> Any:
    """A client of the Docker engine that ``$DOCKER_HOST`` names, or of this machine's.

    Raises:
        MissingExtra: the package ``docker`` is not installed.
        SandboxUnavailable: no engine answers; the message says what would help.
    """
    try:
        import docker
    except ImportError as error:
        raise MissingExtra("the Docker sandbox", "docker", "docker") from error
    try:
        client = docker.from_env()
        system = client.info()["OSType"]
    except (docker.errors.DockerException, OSError) as error:
        raise SandboxUnavailable(_why_no_engine(str(error))) from error
    if system != "linux":
        raise SandboxUnavailable(
            f"the Docker engine runs {system} containers; switch it to Linux containers"
        )
    return client


def image_name(version: str) -> str:
    """The image in which programs for Python ``version`` ("3.11") run."""
    return f"python:{version}-slim"


def _why_no_engine(said: str) -> str:
    host = os.environ.get("DOCKER_HOST")
    if "Permission denied" in said:
        return (
            "this user may not talk to the Docker engine; run: sudo usermod -aG docker $USER, "
            "and log in again, or use --sandbox local"
        )
    where = f" at DOCKER_HOST={host}" if host else ""
    remedy = "correct DOCKER_HOST" if host else "start it: sudo systemctl start docker"
    return f"no Docker engine answers{where} ({said}); {remedy}, or use --sandbox local"


def require_image(client: Any, version: str) -> None:
    """Make sure that the engine has the image, pulling it if it has not.

    Raises:
        SandboxUnavailable: it has not, and it cannot be pulled.
    """
    import docker

    name = image_name(version)
    try:
        if not client.images.list(name=name):
            client.images.pull(name)
    except (docker.errors.DockerException, OSError) as error:
        raise SandboxUnavailable(
            f"the image '{name}' is not here and cannot be pulled ({error}); run: docker pull "
            f"{name}, or, from an installed Python: codeupdate sandbox base --python {version}"
        ) from error


# ------------------------------------------------------------------------ containers


class _Engine:
    """The engine, what it allows a container to have, and whether it is still there."""

    def __init__(self, client: Any) -> None:
        info = client.info()
        options = " ".join(info.get("SecurityOptions") or ())
        self.client = client
        self.memory = int(info["MemTotal"] * MEMORY_SHARE)
        if "rootless" in options or "userns" in options:
            self.first_uid = FIRST_UID_IN_NAMESPACE + os.getpid() * 64 % 40_000
        else:
            self.first_uid = FIRST_UID + os.getpid() % 1_000_000 * 64
        self._patience = ENGINE_SECONDS
        self._waiting = threading.Lock()

    def wait(self) -> None:
        """Return when it answers: at once, or when it has been restarted.

        Raises:
            SandboxUnavailable: it does not come back. From then on nobody waits for it again.
        """
        with self._waiting:
            deadline = time.monotonic() + self._patience
            while not self._answers():
                if time.monotonic() > deadline:
                    self._patience = 0.0
                    raise SandboxUnavailable("the Docker engine is gone; start it again and resume")
                time.sleep(0.3)
            self._patience = ENGINE_SECONDS

    def _answers(self) -> bool:
        import docker

        try:
            return bool(self.client.ping())
        except (docker.errors.DockerException, OSError):
            return False


def _launch(engine: _Engine, ready: ReadyEnvironment, number: int) -> DockerWorker:
    """Start a worker for ``ready`` in a container of its own; ``number`` tells it from others.

    Raises:
        WorkerDied: the engine did not start it.
        SandboxUnavailable: the engine is gone.
    """
    import docker

    engine.wait()
    try:
        container = engine.client.containers.create(
            **_container(engine, ready),
            mounts=[_read_only(inside, path) for inside, path in placed(ready).items()],
        )
    except (docker.errors.DockerException, OSError) as error:
        raise WorkerDied(f"its container cannot be made ({error})") from error
    try:
        stream = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
        started = DockerWorker(container, stream)
        container.start()
    except (docker.errors.DockerException, OSError) as error:
        _remove(container)
        raise WorkerDied(f"its container cannot be started ({error})") from error
    except BaseException:
        _remove(container)
        raise
    first = engine.first_uid + 2 * number
    scratch = ["/tmp", "/dev/shm"]
    started.send(
        hello(
            ready,
            users=(first, first + 1),
            search_path=search_path(ready),
            work="/tmp/work",
            scratch=scratch,
        )
    )
    return started


def _container(engine: _Engine, ready: ReadyEnvironment) -> dict[str, Any]:
    version = ready.environment.python_version
    scratch = f"rw,nosuid,nodev,size={SCRATCH_BYTES},mode=1777"
    return {
        "image": image_name(version),
        "entrypoint": command(f"python{version}"),
        "command": [],
        "environment": environment_variables(ready),
        "use_config_proxy": False,  # proxies and their passwords are no program's business
        "user": "0:0",
        "hostname": "sandbox",
        "working_dir": "/",
        "stdin_open": True,  # until we go away: then the worker ends, and its container
        "auto_remove": True,
        "labels": leftovers.labels(),
        "log_config": {"Type": "none"},
        "network_mode": "none",
        "ipc_mode": "private",
        "read_only": True,
        "tmpfs": {"/tmp": scratch, "/dev/shm": scratch},
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "security_opt": ["no-new-privileges"],
        "pids_limit": PROCESSES,
        "mem_limit": engine.memory,
        "memswap_limit": engine.memory,
    }


def _read_only(target: str, source: Path) -> Any:
    import docker

    return docker.types.Mount(target, str(source.resolve()), type="bind", read_only=True)


def _remove(container: Any) -> None:
    """Remove a container and everything in it, unless it is gone already."""
    import docker

    # It removes itself when its worker ends, so both may happen at once.
    with contextlib.suppress(docker.errors.APIError, OSError):
        container.remove(force=True)


class DockerWorker:
    """A worker at the other end of the stream that is attached to its container."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container = container
        self._stream = stream  # keeps the connection open
        self._socket = getattr(stream, "_sock", stream)
        self._received = b""

    def send(self, frame: bytes) -> None:
        try:
            self._socket.settimeout(SEND_SECONDS)
            self._socket.sendall(frame)
        except (OSError, ValueError) as error:
            raise WorkerDied(f"its container takes no more programs ({error})") from error

    def receive(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        return read_answer(self._read, seconds)

    def _read(self, count: int, deadline: float) -> bytes:
        """The next ``count`` bytes of the worker's stdout.

        The engine packs what it passes on: one byte that says stdout or stderr (we
        attached to stdout alone), three empty ones, four bytes of length, the content.
        """
        while len(self._received) < count:
            head = self._read_raw(8, deadline)
            self._received += self._read_raw(int.from_bytes(head[4:], "big"), deadline)
        found, self._received = self._received[:count], self._received[count:]
        return found

    def _read_raw(self, count: int, deadline: float) -> bytes:
        data = b""
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerDied("it did not answer in time")
            self._socket.settimeout(left)
            part = self._socket.recv(count - len(data))
            if not part:
                raise WorkerDied("its container ended in the middle of a program")
            data += part
        return data

    def kill(self) -> None:
        _remove(self._container)
        with contextlib.suppress(OSError):  # the other end is gone
            self._socket.close()
            self._stream.close()
