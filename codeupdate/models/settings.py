"""Settings of a model, given by hand and checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from codeupdate.errors import UsageError

__all__ = ["checked_settings"]

S = TypeVar("S", bound=BaseModel)


def checked_settings(name: str, kind: type[S], given: Mapping[str, Any]) -> S:
    """The settings ``given`` for the model ``name``, whose backend takes those of ``kind``.

    Raises:
        UsageError: there is no such setting, or it cannot have this value.
    """
    for key in given:
        if key not in kind.model_fields:
            known = ", ".join(sorted(kind.model_fields)) or "none"
            raise UsageError(f"the model '{name}' has no setting '{key}'; it has: {known}")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(
            f"the model '{name}' does not take '{first['loc'][0]}' like this: "
            f"{message[0].lower()}{message[1:]}"
        ) from error
