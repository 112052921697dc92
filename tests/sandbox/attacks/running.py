"""How attacks are run, and what they are told of the host."""

from __future__ import annotations

import os
import platform
import pwd
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from codeupdate.sandbox import Sandbox
from codeupdate.types import Limits, Outcome, Program, UnitTest, Verdict
from tests.sandbox.attacks import HELPERS
from tests.shared import ROOT

__all__ = [
    "LIMITS",
    "OURS",
    "PATIENT",
    "Surroundings",
    "as_a_function",
    "judge",
    "next_is_fine",
    "surroundings",
]

LIMITS = Limits(cpu_seconds=1, wall_seconds=1.5, memory=512 << 20)
PATIENT = Limits(cpu_seconds=20, wall_seconds=40, memory=512 << 20)  # for what has to pass
OURS = {Outcome.PASSED, Outcome.INFRASTRUCTURE}  # no attack may end as one of these
INNOCENT = Program(
    "innocent",
    "python",
    "def f(): return bytearray(50 << 20)",
    (UnitTest("first", "assert f()"), UnitTest("last", "assert len(f()) == 50 << 20")),
    limits=Limits(cpu_seconds=2, wall_seconds=20, memory=90 << 20),
)


def judge(
    sandbox: Sandbox,
    source: str,
    *tests: str,
    environment: str = "python",
    limits: Limits = LIMITS,
    **fields: object,
) -> Verdict:
    named = tuple(UnitTest(f"t{number}", test) for number, test in enumerate(tests))
    program = Program("p", environment, source, named, limits=limits, **fields)  # type: ignore[arg-type]
    return sandbox.submit(program).result(timeout=120)


def next_is_fine(sandbox: Sandbox) -> bool:
    """Whether an innocent program passes, and takes no more than it should."""
    verdict = sandbox.submit(INNOCENT).result(timeout=120)
    return verdict.passed and not verdict.suspicions and verdict.peak_memory < 120 << 20


def as_a_function(source: str) -> str:
    """``source`` as the body of the function that the tests call."""
    body = "".join(f"    {line}\n" for line in source.splitlines())
    return f"def f():\n{body}"


class Surroundings:
    """Things of the host that attacks look for."""

    def __init__(self, port: int, abstract: str, mark: str) -> None:
        self.mark = mark
        self._values: dict[str, object] = {
            "PORT": port,
            "ABSTRACT": abstract,
            "SECRET": str(ROOT / "pyproject.toml"),
            "MARK": mark,
            "HOST": platform.node(),
            "ME": pwd.getpwuid(os.getuid()).pw_name,
            "CORES": len(os.sched_getaffinity(0)),
        }

    def told(self, sandbox: Sandbox) -> str:
        """What attacks know, as source, with their helpers."""
        # Its own limit of memory counts what no limit of a process does.
        values = {**self._values, "CONTAINER": sandbox.name == "docker"}
        return "".join(f"{name} = {value!r}\n" for name, value in values.items()) + HELPERS


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Servers that an attack must not reach, and a word that it must not find."""
    mark = secrets.token_hex(8)
    name = f"\0codeupdate-test-{mark[::-1]}"
    with (
        socket.create_server(("0.0.0.0", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(name)
        abstract.listen()
        yield Surroundings(server.getsockname()[1], name, mark)
