"""A sandbox in a process of its own, on whichever node it is: the actor's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.types import Environment, Program, Verdict

__all__ = ["Executor", "SandboxCall"]


@dataclass(frozen=True, slots=True)
class SandboxCall:
    """How a sandbox is opened: see :func:`~codeupdate.sandbox.open_sandbox`."""

    kind: str
    include: Sequence[Path]
    environments: Sequence[str]
    derived: Mapping[str, Environment]


class Executor:
    """Opens the ordinary sandbox where it is; its methods are called in many threads."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None

    def open(self, call: SandboxCall, workers: int) -> str:
        """Make the environments ready and start; the kind of sandbox that it is.

        Raises:
            SandboxUnavailable: nothing can be executed here.
        """
        sandbox = open_sandbox(
            call.kind,
            workers=workers,
            include=call.include,
            environments=call.environments,
            derived=call.derived,
        )
        self._sandbox = sandbox.__enter__()
        return sandbox.name

    def ready(self) -> None:
        """Return as soon as this is there."""

    def run(self, program: Program) -> Verdict:
        """The verdict on ``program``, when a worker has had time for it."""
        assert self._sandbox is not None
        return self._sandbox.submit(program).result()

    def close(self) -> None:
        """End every process of the sandbox."""
        if self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)
