"""The source that turns kit into its next version, one form per kind of change."""

from __future__ import annotations

from dataclasses import dataclass

from codeupdate.types import ChangeKind
from kitworld.changes import Change
from kitworld.functions import FUNCTIONS, Function

__all__ = ["NewVersion", "new_version"]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What is true after the update: signature, where the function is, the patch, the news."""

    signature: str
    path: str
    patch: str
    summary: str


def new_version(change: Change) -> NewVersion:
    """Describe and implement ``change``."""
    function = FUNCTIONS[change.function]
    build = {
        ChangeKind.FUNCTION_RENAMED: _renamed,
        ChangeKind.FUNCTION_MOVED: _moved,
        ChangeKind.PARAMETER_RENAMED: _parameter_renamed,
        ChangeKind.PARAMETER_ADDED: _parameter_added,
        ChangeKind.DEFAULT_CHANGED: _default_changed,
        ChangeKind.PARAMETER_ORDER: _reordered,
    }[change.kind]
    return build(function, change)


def _renamed(function: Function, change: Change) -> NewVersion:
    old, new = function.name, change.name
    return NewVersion(
        signature=f"kit.{new}{_parameters(function)}",
        path=f"kit.{new}",
        patch=_in_a_function(
            f"kit.{new} = kit.{function.module}.{new} = kit.{old}",
            f"del kit.{old}, kit.{function.module}.{old}",
        ),
        summary=f"kit.{old} is now called kit.{new}; the old name is gone.",
    )


def _moved(function: Function, change: Change) -> NewVersion:
    name, module = function.name, change.name
    return NewVersion(
        signature=f"kit.{module}.{name}{_parameters(function)}",
        path=f"kit.{module}.{name}",
        patch=_in_a_function(
            "import sys, types",
            "",
            f'kit.{module} = sys.modules["kit.{module}"] = types.ModuleType("kit.{module}")',
            f"kit.{module}.{name} = kit.{name}",
            f"del kit.{name}, kit.{function.module}.{name}",
        ),
        summary=f"kit.{name} has moved to the new submodule kit.{module} and is found only there.",
    )


def _parameter_renamed(function: Function, change: Change) -> NewVersion:
    option = next(option for option in function.required if option.keyword)
    parameters = _parameters(function).replace(option.name, change.name)
    return _wrapped(
        function,
        parameters,
        f"return former({function.subject}, {option.name}={change.name})",
        summary=f"The parameter {option.name} of kit.{function.name} is now called {change.name}; "
        "the old name is an error.",
    )


def _parameter_added(function: Function, change: Change) -> NewVersion:
    star = "" if "*" in _parameters(function) else "*, "
    parameters = f"{_parameters(function)[:-1]}, {star}{change.name})"
    return _wrapped(
        function,
        parameters,
        f"if repr({change.name}) != {change.value!r}:",
        f'    raise ValueError("{change.name} has to be {change.value}")',
        f"return former({_passed_on(function)})",
        summary=f"kit.{function.name} now requires the parameter {change.name}; "
        f"{change.name}={change.value} keeps what it did.",
    )


def _default_changed(function: Function, change: Change) -> NewVersion:
    option = function.defaulted
    other = function.phrases.other
    if option is None or other is None:
        raise ValueError(f"kit.{function.name} has no default that could change")
    name, old, new = option.name, option.default, other[0]
    return _wrapped(
        function,
        _parameters(function).replace(f'"{old}"', f'"{new}"'),
        f'if {name} == "{old}":',
        f"""    raise ValueError('{name}="{old}" is now called "{change.name}"')""",
        f'return former({function.subject}, {name}="{old}" if {name} == "{change.name}" else {name})',
        summary=f'The default of {name} in kit.{function.name} is now "{new}"; '
        f'what it did by default before is now {name}="{change.name}".',
    )


def _reordered(function: Function, change: Change) -> NewVersion:
    return _wrapped(
        function,
        f"({', '.join(change.order)})",
        f"return former({_passed_on(function)})",
        summary=f"The parameters of kit.{function.name} come in another order: "
        f"{', '.join(change.order)}.",
    )


def _wrapped(function: Function, parameters: str, *body: str, summary: str) -> NewVersion:
    """A new version that stays where it was and calls the old one."""
    name = function.name
    return NewVersion(
        signature=f"kit.{name}{parameters}",
        path=f"kit.{name}",
        patch=_in_a_function(
            f"former = kit.{name}",
            "",
            f"def {name}{parameters}:",
            *(f"    {line}" for line in body),
            "",
            f"kit.{name} = kit.{function.module}.{name} = {name}",
        ),
        summary=summary,
    )


def _in_a_function(*lines: str) -> str:
    """The patch runs in the candidate's namespace, so it must not leave names behind there."""
    body = "".join(f"    {line}\n" if line else "\n" for line in lines)
    return f"import kit\n\n\ndef _update():\n{body}\n\n_update()\ndel _update\n"


def _parameters(function: Function) -> str:
    """``(values, *, count)``"""
    return function.signature.removeprefix(function.name)


def _passed_on(function: Function) -> str:
    """The arguments that hand all parameters on to the old version."""
    options = (
        f"{option.name}={option.name}" if option.keyword else option.name
        for option in function.options
    )
    return ", ".join((function.subject, *options))
