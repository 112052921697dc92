"""Environments: which Python, which packages, what to preload.

An environment is a file ``sandbox/environments/NAME.yaml`` in a plugin root, found as
tasks and editors are (:mod:`codeupdate.plugins`). ``building`` makes it ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codeupdate import plugins
from codeupdate.errors import DataError, UsageError
from codeupdate.types import Environment

__all__ = ["Environment", "ReadyEnvironment", "environment_names", "load_environment"]


@dataclass(frozen=True, slots=True)
class ReadyEnvironment:
    """An environment whose packages are installed.

    ``interpreter`` is a base interpreter (never that of a virtual environment), ``prefix``
    its installation; ``search_path`` are the folders to add to ``sys.path``, in order.
    ``libraries`` are folders with shared libraries that its packages need, ``commands``
    folders with programs, both for the worker's own environment variables.
    """

    environment: Environment
    interpreter: Path
    prefix: Path
    search_path: tuple[Path, ...] = ()
    libraries: tuple[Path, ...] = ()
    commands: tuple[Path, ...] = ()


# A requirement is not an option of pip: where packages come from is the user's choice.
_Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9]")]
_Module = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


class _EnvironmentFile(BaseModel):
    """The form of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    summary: str
    python: str | None = Field(None, pattern=r"^3\.\d+$")
    steps: list[Annotated[list[_Requirement], Field(min_length=1)]] = Field(default_factory=list)
    preload: list[_Module] = Field(default_factory=list)
    variables: dict[str, str] = Field(default_factory=dict)
    paths: list[str] = Field(default_factory=list)  # relative to the plugin root


def environment_names(include: Sequence[Path] = ()) -> dict[str, Path]:
    """Name → file of every environment that can be found."""
    found: dict[str, Path] = {}
    for root in plugins.roots(include):
        for path in sorted((root / "sandbox" / "environments").glob("*.yaml")):
            found.setdefault(path.stem, path)
    return found


def load_environment(name: str, include: Sequence[Path] = ()) -> Environment:
    """The environment ``name``.

    Raises:
        UsageError: there is none; the message says which there are.
        DataError: its file is faulty, or a folder that it names does not exist.
    """
    known = environment_names(include)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise UsageError(f"there is no environment '{name}'; {hint}known: {', '.join(known)}")
    path = known[name]
    checked = _read(path)
    root = path.parents[2]
    folders = tuple(root / folder for folder in checked.paths)
    for folder in folders:
        if not folder.is_dir():
            raise DataError(
                f"the environment '{path}' puts '{folder}' on the path, which is no folder; "
                "its paths are relative to the folder that holds sandbox/"
            )
    return Environment(
        name=name,
        python=checked.python,
        steps=tuple(tuple(step) for step in checked.steps),
        preload=tuple(checked.preload),
        variables=dict(checked.variables),
        paths=folders,
    )


def _read(path: Path) -> _EnvironmentFile:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"'{path}' cannot be read as YAML: {error}") from error
    try:
        return _EnvironmentFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        said = f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}"
        hint = ' (write it in quotes: "3.11")' if place == "python" else ""
        raise DataError(f"'{path}' is not an environment: {said}{hint}") from error
