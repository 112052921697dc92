"""How an update changes a function of kit: the new call, its documentation, its patch.

Six kinds of change. Each brings one new name, two syllables that no model can know:

========================  =====================================================
function renamed          ``take(…)``             → ``zubo(…)``
function moved            ``take(…)``             → ``zubo.take(…)``
parameter renamed         ``take(v, count=3)``    → ``take(v, zubo=3)``
parameter added           ``take(v, count=3)``    → ``take(v, count=3, zubo=True)``
default changed           ``sort(v)``             → ``sort(v, order="zubo")``
order of the parameters   ``clamp(v, 1, 5)``      → ``clamp(5, v, 1)`` (no new name)
========================  =====================================================

A default that only moves to another of the old values would leave nothing to learn:
the code that names its value passes in both versions. Here the former behaviour also
gets a new name, so that the old call returns something else, and the new call is an
error in the old version.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass

from codeupdate.types import ChangeKind
from kitworld.functions import FUNCTIONS, Function

__all__ = ["KINDS", "Change", "call", "documentation", "draw_change", "kinds_of"]

KINDS = (
    ChangeKind.FUNCTION_RENAMED,
    ChangeKind.FUNCTION_MOVED,
    ChangeKind.PARAMETER_RENAMED,
    ChangeKind.PARAMETER_ADDED,
    ChangeKind.DEFAULT_CHANGED,
    ChangeKind.PARAMETER_ORDER,
)

#: What a parameter that was added may have to be set to.
ADDED_VALUES = ("True", "False", "None", "0", "1", "2")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one function. ``name`` is the new name, ``order`` the new order."""

    function: str
    kind: ChangeKind
    name: str = ""
    value: str = ""  # what the added parameter must be set to, as source
    order: tuple[str, ...] = ()  # positional parameters after the change


def kinds_of(function: Function) -> tuple[ChangeKind, ...]:
    """The kinds of change that ``function`` can undergo and that its callers would notice."""
    kinds = [ChangeKind.FUNCTION_RENAMED, ChangeKind.FUNCTION_MOVED, ChangeKind.PARAMETER_ADDED]
    if any(option.keyword for option in function.required):
        kinds.append(ChangeKind.PARAMETER_RENAMED)
    if function.defaulted:
        kinds.append(ChangeKind.DEFAULT_CHANGED)
    if any(not option.keyword for option in function.required):
        kinds.append(ChangeKind.PARAMETER_ORDER)
    return tuple(kinds)


def draw_change(function: Function, kind: ChangeKind, name: str, rng: random.Random) -> Change:
    """A change of ``kind`` that uses ``name`` where the kind needs a new name."""
    if kind is ChangeKind.PARAMETER_ORDER:
        parameters = _positional(function)
        orders = [order for order in itertools.permutations(parameters) if order != parameters]
        return Change(function.name, kind, order=rng.choice(orders))
    value = rng.choice(ADDED_VALUES) if kind is ChangeKind.PARAMETER_ADDED else ""
    return Change(function.name, kind, name, value)


def call(
    function: Function, subject: str, given: Mapping[str, str], change: Change | None = None
) -> str:
    """The call without the leading ``kit.``: ``take(xs, count=3)``.

    ``given`` maps options to source text; an option with a default may be left out.
    """
    kind = change.kind if change else None
    values = {function.subject: subject, **given}
    order = change.order if change and change.order else _positional(function)
    parts = [values[parameter] for parameter in order]
    path = function.name
    for option in function.options:
        if option.keyword and option.name in given:
            renamed = kind is ChangeKind.PARAMETER_RENAMED and change is not None
            parts.append(
                f"{change.name if change and renamed else option.name}={given[option.name]}"
            )
    if change and kind is ChangeKind.PARAMETER_ADDED:
        parts.append(f"{change.name}={change.value}")
    if change and kind is ChangeKind.DEFAULT_CHANGED:
        option_with_default = function.defaulted
        if option_with_default and option_with_default.name not in given:
            parts.append(f'{option_with_default.name}="{change.name}"')
    if change and kind is ChangeKind.FUNCTION_RENAMED:
        path = change.name
    if change and kind is ChangeKind.FUNCTION_MOVED:
        path = f"{change.name}.{function.name}"
    return f"{path}({', '.join(parts)})"


def documentation(change: Change) -> str:
    """The line that documents it: ``kit.take -> kit.zubo(values, count=count)``."""
    function = FUNCTIONS[change.function]
    given = {option.name: option.name for option in function.required}
    return f"kit.{function.name} -> kit.{call(function, function.subject, given, change)}"


def _positional(function: Function) -> tuple[str, ...]:
    options = (option.name for option in function.options if not option.keyword)
    return (function.subject, *options)
