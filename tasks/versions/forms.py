"""The forms of ``problem.yaml`` and ``environments.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from codeupdate.sandbox.environments import Requirement, StrictSpec, read_spec
from codeupdate.types import ChangeKind, Environment

__all__ = ["Card", "card", "environments"]


class EnvironmentSpec(StrictSpec):
    """One environment of ``environments.yaml``."""

    summary: str
    python: str
    packages: list[Requirement]
    preload: list[str]
    build_variables: dict[str, str] = Field(default_factory=dict)


class Environments(StrictSpec):
    """The form of ``environments.yaml``."""

    environments: dict[str, EnvironmentSpec]


class Versions(StrictSpec):
    """The two versions of the library, as an environment pins them."""

    old: str
    new: str


class Change(StrictSpec):
    """What the library changed, in our words."""

    api: str  # dotted path before the change
    kind: Annotated[ChangeKind, Field(strict=False)]
    summary: str
    before: str
    after: str
    documentation: str


class Source(StrictSpec):
    """Where the library's authors say so."""

    title: str
    version: str
    path: str


class Card(StrictSpec):
    """One ``problem.yaml``."""

    library: str
    versions: Versions
    request: str
    signature: str
    change: Change
    sources: Annotated[list[Source], Field(min_length=1)]


def card(path: Path) -> Card:
    """The ``problem.yaml`` at ``path``.

    Raises:
        DataError: it cannot be read, or is none.
    """
    return read_spec(path, Card, "a pair")


def environments(path: Path, task: str) -> Iterator[Environment]:
    """Those of the ``environments.yaml`` at ``path``, in order; their names begin with ``task``.

    Raises:
        DataError: it cannot be read, or is none.
    """
    specs = read_spec(path, Environments, "a list of environments").environments
    for name, spec in specs.items():
        yield Environment(
            name=f"{task}/{name}",
            python=spec.python,
            steps=(tuple(spec.packages),),
            preload=tuple(spec.preload),
            build_variables=spec.build_variables,
        )
