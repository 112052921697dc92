"""``config.json`` of a run folder: what was asked for, and where its numbers come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from codeupdate.errors import StoreError
from codeupdate.tasks.schema import explain

__all__ = ["DATABASE", "check_is_run", "describe", "description"]

CONFIG, DATABASE = "config.json", "run.sqlite"


class _Task(BaseModel):
    measures: list[dict[str, Any]]
    measuring: list[str]


class _Described(BaseModel):
    """What readers of a run rely on."""

    config: dict[str, Any] = Field(default_factory=dict)
    k: list[int]
    provenance: dict[str, Any]
    tasks: dict[str, _Task] = Field(default_factory=dict)
    observed: list[dict[str, Any]] = Field(default_factory=list)


def describe(folder: Path, config: Mapping[str, Any]) -> None:
    """Begin the run in ``folder``.

    Raises:
        OSError: it cannot be written.
    """
    # Written aside and renamed: a configuration is there whole or not at all.
    draft = folder / f"{CONFIG}.part"
    draft.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(folder / CONFIG)


def description(folder: Path) -> dict[str, Any]:
    """What the run in ``folder`` was described with.

    Raises:
        StoreError: there is no such file, it cannot be read or is damaged.
    """
    config = _read(folder)
    try:
        _Described.model_validate(config)
    except ValidationError as error:
        raise StoreError(
            f"'{folder / CONFIG}' is damaged: {explain(error)}; restore it from a copy, or start a "
            "new run"
        ) from error
    return config


def check_is_run(folder: Path) -> None:
    """That there is a run in ``folder``.

    Raises:
        StoreError: there is none.
    """
    if not (folder / CONFIG).is_file():
        raise StoreError(f"there is no run in '{folder}': it has no {CONFIG}")
    # Models and others have a config.json too; nothing is written beside theirs.
    if not (folder / DATABASE).is_file() and "provenance" not in _read(folder):
        raise StoreError(f"there is no run in '{folder}': its {CONFIG} is not that of a run")


def _read(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"'{path}' cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise StoreError(f"'{path}' is not a JSON object")
    return config
