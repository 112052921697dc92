"""What one editing method makes of a model: the value that its ``edit`` yields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codeupdate.types import Update

__all__ = ["Change", "Save"]

Save = Callable[[Path], None]


def _no_documents(query: str) -> tuple[Update, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Change:
    """An edit in force. A method that only changes weights leaves ``documents`` alone,
    one that only changes prompts leaves the rest.

    ``parameters`` counts the numbers that differ or were added, however few of them trained:
    what it takes to keep the edit. ``tokens`` counts those trained on; ``save`` writes the edit into a folder, where it can be written. ``carry`` is what a
    later edit by the same method continues from (see
    :func:`~codeupdate.editing.editor.earlier`). ``depends`` names, as a hash, what the
    result depends on beyond the model, the settings and the updates: a corpus, statistics.
    """

    parameters: int = 0
    tokens: int = 0
    documents: Callable[[str], tuple[Update, ...]] = _no_documents
    save: Save | None = None
    carry: object = None
    depends: str = ""
