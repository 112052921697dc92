"""What an editor is to the rest of the suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from os import PathLike
from typing import Protocol

from codeupdate.models.protocol import Model
from codeupdate.types import EditCost, Example, Update

__all__ = ["Edited", "Editor"]


class Edited(Model, Protocol):
    """A model while an edit is in force. It is itself a model, so edits nest."""

    @property
    def cost(self) -> EditCost:
        """What this edit cost, without the edits it is nested in."""
        ...

    def costing(self, cost: EditCost) -> Edited:
        """The same edit with another cost: that of several which belong together."""
        ...

    def documents(self, query: str) -> tuple[Update, ...]:
        """The updates whose documentation the prompt for ``query`` should show
        (this edit's and those of the edits it is nested in), best first."""
        ...

    def save(self, path: str | PathLike[str]) -> None:
        """Write what transformers, peft or vLLM can load again into folder ``path``.

        Raises:
            EditError: this edit has nothing that could be saved, or an edit beneath it, of
                another kind, would be lost.
        """
        ...


class Editor(Protocol):
    """Gives a model new knowledge for the length of a ``with`` block."""

    @property
    def name(self) -> str: ...

    def settings_for(self, family: str) -> Mapping[str, object]:
        """The hyper-parameters in force for a family of models, defaults included.

        Raises:
            UsageError: a setting was given that this editor does not have, or a bad value.
        """
        ...

    def apply(
        self, model: Model, updates: Sequence[Update], replay: Sequence[Example] = ()
    ) -> AbstractContextManager[Edited]:
        """Apply ``updates``, all at once; ``replay`` are examples of what must not change.

        On leaving, also after an exception, the weights are bit-identical to before.
        ``model`` may itself be an ``Edited``: then both edits are in force.

        Raises:
            EditError: this editor cannot edit this model with these updates.
        """
        ...
