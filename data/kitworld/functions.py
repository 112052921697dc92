"""The functions of kit as values: the library's own signatures, and how they are asked for."""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path

from kitworld.phrases import PHRASES, Phrases

__all__ = ["FUNCTIONS", "LIBRARY", "Function", "Option"]

LIBRARY = Path(__file__).parent.parent / "kit-update" / "library"


@dataclass(frozen=True, slots=True)
class Option:
    """A parameter other than the first. ``default`` is None where it must be given."""

    name: str
    keyword: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Function:
    """One function of kit: the parameter that carries the data, its options, its phrases."""

    name: str
    module: str  # the submodule it lives in
    subject: str  # name of its first parameter
    options: tuple[Option, ...]
    phrases: Phrases

    @property
    def required(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.default is None)

    @property
    def defaulted(self) -> Option | None:
        """The option that has a default; a function of kit has at most one."""
        return next((option for option in self.options if option.default is not None), None)

    @property
    def signature(self) -> str:
        """``take(values, *, count)``"""
        parts = [self.subject]
        for option in self.options:
            if option.keyword and "*" not in parts:
                parts.append("*")
            given = option.name if option.default is None else f'{option.name}="{option.default}"'
            parts.append(given)
        return f"{self.name}({', '.join(parts)})"


def _read(name: str, phrases: Phrases) -> Function:
    if str(LIBRARY) not in sys.path:
        sys.path.insert(0, str(LIBRARY))
    kit = importlib.import_module("kit")
    function = getattr(kit, name)
    subject, *options = inspect.signature(function).parameters.values()
    return Function(
        name=name,
        module=function.__module__.removeprefix("kit."),
        subject=subject.name,
        options=tuple(
            Option(
                option.name,
                option.kind is option.KEYWORD_ONLY,
                None if option.default is option.empty else str(option.default),
            )
            for option in options
        ),
        phrases=phrases,
    )


FUNCTIONS: dict[str, Function] = {name: _read(name, phrases) for name, phrases in PHRASES.items()}
