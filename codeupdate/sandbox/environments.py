"""Environments: which Python, which packages, what to preload.

An environment is a file ``sandbox/environments/NAME.yaml`` in a plugin root, found as
tasks and editors are (:mod:`codeupdate.plugins`). ``building`` makes it ready.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Annotated, Self, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from codeupdate import plugins
from codeupdate.errors import DataError, UsageError
from codeupdate.types import Environment, SystemNeed

QUOTED = {
    "python": ' (write it in quotes: "3.11")',
    "before": ' (write it in quotes: "2025-07-18")',
}

__all__ = [
    "Day",
    "Environment",
    "ReadyEnvironment",
    "Requirement",
    "SettingSpec",
    "StrictSpec",
    "environment_names",
    "load_environment",
    "read_spec",
    "with_system",
]


@dataclass(frozen=True, slots=True)
class ReadyEnvironment:
    """An environment whose packages are installed.

    ``interpreter`` is a base interpreter (never that of a virtual environment), ``prefix``
    its installation; ``search_path`` are the folders to add to ``sys.path``, in order.
    ``system`` is the folder with what it brings along of a system; in it, ``libraries`` are
    folders for ``LD_LIBRARY_PATH`` and ``commands`` folders for ``PATH``.
    """

    environment: Environment
    interpreter: Path
    prefix: Path
    search_path: tuple[Path, ...] = ()
    system: Path | None = None
    libraries: tuple[Path, ...] = ()
    commands: tuple[Path, ...] = ()

    def variables(self, system: str) -> dict[str, str]:
        """Its variables, for programs that see the folder ``system`` at that place."""
        return with_system(self.environment.variables, system)


def with_system(variables: Mapping[str, str], place: str) -> dict[str, str]:
    """``variables`` with ``{system}`` replaced by where that folder is seen."""
    return {name: value.replace("{system}", place) for name, value in variables.items()}


def _a_day(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text) is None:
        raise ValueError("it is no day in the form 2025-07-18")
    date.fromisoformat(text)
    return text


# A requirement is not an option of pip: where packages come from is the user's choice.
Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9]")]
Day = Annotated[str, AfterValidator(_a_day)]
_Module = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]


def _below(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"'{text}' is no path below the folder {{system}}")
    return text


# A place in the folder that is captured into.
_Inside = Annotated[str, AfterValidator(_below)]


class StrictSpec(BaseModel):
    """A part of a file that says what it means, or is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SystemNeedSpec(StrictSpec):
    """One need of the system, as a file says it."""

    package: str = Field(pattern=r"^[a-z0-9][a-z0-9+.-]*$")
    library: str = Field("", pattern=r"^(lib\S+\.so(\.\d+)*)?$")
    command: str = Field("", pattern=r"^[\w.+-]*$")
    path: str = Field("", pattern=r"^(/.*)?$")
    to: _Inside = ""
    building: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(map(bool, (self.library, self.command, self.path))) != 1:
            raise ValueError("it has to name a library, a command or a path, and one of them only")
        if self.to and (not self.path or self.building):
            raise ValueError("'to' says where a path is put that programs need")
        return self

    def need(self) -> SystemNeed:
        return SystemNeed(**dict(self))


class SettingSpec(StrictSpec):
    """What an environment is beside its packages, as a file says it."""

    system: list[SystemNeedSpec] = Field(default_factory=list)
    files: dict[_Inside, str] = Field(default_factory=dict)
    variables: dict[str, str] = Field(default_factory=dict)
    build_variables: dict[str, str] = Field(default_factory=dict)


class _EnvironmentFile(SettingSpec):
    """The form of the file."""

    summary: str
    python: str | None = Field(None, pattern=r"^3\.\d+$")
    steps: list[Annotated[list[Requirement], Field(min_length=1)]] = Field(default_factory=list)
    before: Day | None = None
    preload: list[_Module] = Field(default_factory=list)
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
    checked = read_spec(path, _EnvironmentFile, "an environment")
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
        before=checked.before,
        system=tuple(need.need() for need in checked.system),
        files=checked.files,
        preload=tuple(checked.preload),
        variables=checked.variables,
        build_variables=checked.build_variables,
        paths=folders,
    )


Spec = TypeVar("Spec", bound=StrictSpec)


def read_spec(path: Path, form: type[Spec], what: str) -> Spec:
    """The YAML file ``path``, checked against ``form``; ``what`` names that in the error.

    Raises:
        DataError: it cannot be read, or is none.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"'{path}' cannot be read as YAML: {error}") from error
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        said = f"{place}: {message[0].lower()}{message[1:]}"
        raise DataError(f"'{path}' is not {what}: {said}{QUOTED.get(place, '')}") from error
