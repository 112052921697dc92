"""What one evaluation is asked to do, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from codeupdate.errors import UsageError
from codeupdate.evaluation.plan import Protocol
from codeupdate.tasks.schema import explain

__all__ = ["RunConfig", "run_config"]


class RunConfig(BaseModel):
    """Everything that determines a run, and nothing else; ``None`` leaves it to the task."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: str = "tiny"
    model_settings: Mapping[str, Any] = Field(default_factory=dict)
    tasks: tuple[str, ...] = Field(("kit-update",), min_length=1)
    editors: tuple[str, ...] = Field(("none",), min_length=1)
    settings: Mapping[str, Any] = Field(default_factory=dict)  # of editors
    protocol: Protocol = "single"
    strategies: tuple[str, ...] = Field(("direct",), min_length=1)
    prompt: str = "prompt"
    n: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    k: tuple[int, ...] | None = None  # None: 1, and n where more is drawn
    seed: int = 0
    limit: int | None = Field(None, ge=1)  # problems of a task
    limit_updates: int | None = Field(None, ge=1)  # updates of a task, evenly spread
    ids: tuple[str, ...] | None = None
    data: Mapping[str, str] = Field(default_factory=dict)  # task → path or hub:REVISION
    include: tuple[Path, ...] = ()
    ignore_unknown: bool = False  # recorded answers to problems that the data does not have
    sandbox: Literal["auto", "docker", "local"] = "auto"

    @field_validator("data")
    @classmethod
    def _absolute_data(cls, data: Mapping[str, str]) -> Mapping[str, str]:
        """A run may be continued from another folder than the one it began in."""
        return {
            task: place if place.startswith("hub:") else str(Path(place).expanduser().absolute())
            for task, place in data.items()
        }

    @field_validator("include")
    @classmethod
    def _absolute_include(cls, include: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(folder.expanduser().absolute() for folder in include)


def run_config(**values: Any) -> RunConfig:
    """Check ``values`` and make a configuration of them.

    Raises:
        UsageError: an option does not exist or has a value that it cannot have.
    """
    try:
        config = RunConfig.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"the evaluation cannot be set up: {explain(error)}") from error
    for given, what in (
        (config.tasks, "task"),
        (config.editors, "editor"),
        (config.strategies, "strategy"),
    ):
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            raise UsageError(f"the {what} '{twice[0]}' is named twice; name it once")
    return config
