"""Environments: which interpreter, which packages, what to preload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Environment", "ReadyEnvironment"]


@dataclass(frozen=True, slots=True)
class Environment:
    """What ``sandbox/environments/NAME.yaml`` says.

    ``steps`` are install commands' requirement lists, in order; a later one may override
    an earlier one. ``paths`` are folders put on ``sys.path`` as they are.
    """

    name: str
    python: str | None = None  # "3.11"; None: the version that runs codeupdate
    steps: tuple[tuple[str, ...], ...] = ()
    preload: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyEnvironment:
    """An environment whose packages are installed.

    ``interpreter`` is a base interpreter (never that of a virtual environment), ``prefix``
    its installation; ``search_path`` are the folders to add to ``sys.path``, in order.
    """

    environment: Environment
    interpreter: Path
    prefix: Path
    search_path: tuple[Path, ...] = ()
