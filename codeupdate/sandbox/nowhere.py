"""What stands for the sandbox where a task runs nothing."""

from __future__ import annotations

from concurrent.futures import Future

from codeupdate.types import Program, Verdict

__all__ = ["NoSandbox"]


class NoSandbox:
    """A ``Sandbox`` that starts nothing and runs nothing."""

    name = "none"

    def __enter__(self) -> NoSandbox:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, program: Program) -> Future[Verdict]:
        """It is never asked to: a problem with a check names an environment."""
        raise AssertionError(f"'{program.id}' has a program and no environment to run it in")
