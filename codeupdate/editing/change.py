"""What one editing method makes of a model: the value that its ``edit`` yields."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from codeupdate.errors import DataError
from codeupdate.types import Update

__all__ = ["Change", "Save", "in_force"]

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


@contextmanager
def in_force(edit: object, editor: str) -> Iterator[Change]:
    """The change of ``edit``, which is what the function of that name of ``editor`` returned,
    for the length of a ``with`` block.

    Raises:
        DataError: that is not a context manager which yields one ``Change``.
    """
    rule = f"'edit' of the editor '{editor}' has to be a @contextmanager that yields one Change"
    if not isinstance(edit, AbstractContextManager):
        raise DataError(f"{rule}; it returns {_named(edit)}")
    try:
        with edit as change:
            if not isinstance(change, Change):
                raise DataError(f"{rule}; it yields {_named(change)}")
            yield change
    except (RuntimeError, TypeError) as error:
        if _only_of_contextlib(error):  # of a generator that yields nothing, or twice
            raise DataError(f"{rule}: {error}") from error
        raise


def _named(value: object) -> str:
    return "None" if value is None else f"an object of the class {type(value).__name__}"


def _only_of_contextlib(error: BaseException) -> bool:
    """Whether contextlib itself has raised ``error``, right where it was called."""
    assert error.__traceback__ is not None
    below = traceback.walk_tb(error.__traceback__.tb_next)
    return {frame.f_code.co_filename for frame, _ in below} == {contextlib.__file__}
