"""Everything that can go wrong, as one tree.

::

    CodeUpdateError             base of all; its text is one sentence for a person
    ├── UsageError              a wrong option, name or combination of them
    │   └── MissingExtra        an optional dependency is not installed
    ├── DataError               a file or a row that is not what its task declares
    ├── ModelError              a model cannot be loaded or cannot answer
    │   └── ModelLost           where it ran is gone; elsewhere it could answer
    ├── EditError               an editor cannot edit this model with these updates
    ├── SandboxUnavailable      nothing can be executed here, and why
    ├── ClusterError            a cluster cannot be joined or used
    └── StoreError              a run folder cannot be read, written or continued

Every message names the thing, says what is wrong with it and what would work.
Programs that fail inside the sandbox are not errors: they are verdicts.
"""

from __future__ import annotations

__all__ = [
    "ClusterError",
    "CodeUpdateError",
    "DataError",
    "EditError",
    "MissingExtra",
    "ModelError",
    "ModelLost",
    "SandboxUnavailable",
    "StoreError",
    "UsageError",
]


class CodeUpdateError(Exception):
    """Base of every error that codeupdate raises on purpose."""


class UsageError(CodeUpdateError):
    """A wrong option, name or combination of them."""


class MissingExtra(UsageError):
    """An optional dependency is needed and not installed."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package '{package}', which is not installed; "
            f'run: pip install "codeupdate[{extra}]"'
        )
        self._given = (what, package, extra)

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str, str]]:
        return type(self), self._given  # it may have to travel to another process


class DataError(CodeUpdateError):
    """A file or a row that is not what its task declares."""


class ModelError(CodeUpdateError):
    """A model cannot be loaded or cannot answer."""


class ModelLost(ModelError):
    """The process or the machine of a model is gone; the same model elsewhere could answer."""


class EditError(CodeUpdateError):
    """An editor cannot edit this model with these updates."""


class SandboxUnavailable(CodeUpdateError):
    """Nothing can be executed here; the message says why and what would help."""


class ClusterError(CodeUpdateError):
    """A cluster cannot be joined or used; the message names the node and says why."""


class StoreError(CodeUpdateError):
    """A run folder cannot be read, written or continued."""
