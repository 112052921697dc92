"""What the tests of single methods share."""

from __future__ import annotations

from typing import Any

from codeupdate import plugins
from codeupdate.editing import editor_folders
from codeupdate.types import ChangeKind, Example, Update

UPDATE = Update(
    id="zubo",
    package="kit",
    api="kit.take",
    kind=ChangeKind.FUNCTION_RENAMED,
    summary="kit.take is now called kit.zubo.",
    signature_before="take(values)",
    signature_after="zubo(values)",
    documentation="kit.take -> kit.zubo(values)",
    examples=(
        Example("def f(x):\n", "    return kit.zubo(x)\n"),
        Example("def h(y):\n", "    return kit.zubo(y)[0]\n"),
    ),
)


def code_of(editor: str) -> Any:
    """The module ``editor.py`` of a method."""
    return plugins.load_module(editor_folders()[editor] / "editor.py")


def state_of(model: Any) -> dict[str, Any]:
    return {name: value.clone() for name, value in model.module.state_dict().items()}
