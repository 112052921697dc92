"""Whether what is planned can be done with a model, said before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from codeupdate.editing import editor_folders, read_editor_spec
from codeupdate.editing.loading import MARKER
from codeupdate.errors import EditError, UsageError
from codeupdate.strategies import Around, Strategy

__all__ = ["check_answers_suffice"]


def check_answers_suffice(
    model: str, editors: Iterable[str], strategies: Sequence[Strategy], include: Sequence[Path]
) -> None:
    """Whether ``editors`` and ``strategies`` can do with answers, all that the ``model`` gives.

    Raises:
        EditError: an editor changes weights.
        UsageError: a strategy changes how the model itself works.
    """
    folders = editor_folders(include)
    for name in sorted({part for editor in editors for part in editor.split("+")} & set(folders)):
        if read_editor_spec(folders[name] / MARKER).changes not in {"nothing", "prompt"}:
            raise EditError(
                f"the editor '{name}' changes weights, and those of '{model}' are not at hand; "
                "use a model of the backend hf or an editor that changes the prompt"
            )
    for strategy in strategies:
        if isinstance(strategy, Around):
            raise UsageError(
                f"the strategy '{strategy.name}' changes how a model works, and '{model}' does "
                "nothing but answer; use tiny or hf:NAME-OR-PATH"
            )
