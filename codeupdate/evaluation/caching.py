"""Whose completions an evaluation takes from those of earlier runs, and keeps for later ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import codeupdate
from codeupdate.editing import editor_folders
from codeupdate.models import Model
from codeupdate.models.answers import AnswerBook
from codeupdate.models.completions import Completions, code_digest
from codeupdate.models.completions_file import completions_path

__all__ = ["Through", "directly", "kept_completions", "through"]

#: What is asked in place of a model; and whether that is edited.
Through = Callable[[Model, bool], Model]


def directly(model: Model, edited: bool) -> Model:
    return model


@contextmanager
def kept_completions(
    wanted: bool, model: Model, note: Callable[[str], None]
) -> Iterator[Completions | None]:
    """The completions of all runs; None where they are not ``wanted``, switched off, or no use:
    answers that are known beforehand are not looked up in another place, and those of a server
    may be of other weights than what it serves now."""
    path = completions_path()
    useful = not isinstance(model, AnswerBook) and getattr(model, "reusable", True)
    if not wanted or path is None or not useful:
        yield None
        return
    with closing(Completions(path, note)) as found:
        yield found


def through(
    completions: Completions | None, editor: str | None, include: Sequence[Path]
) -> Through:
    """How the models of an arm are asked whose editor was loaded by the name ``editor``.

    Without such a name nobody knows its source: then what it edits is asked directly.
    """
    if completions is None:
        return directly
    source = Path(codeupdate.__file__).parent
    bare = code_digest([source / "models"])
    folders = editor_folders(include)
    parts = [folders[name] for name in editor.split("+")] if editor else []
    editing = code_digest([source / "models", source / "editing", *parts])

    def asked(model: Model, edited: bool) -> Model:
        if edited and editor is None:
            return model
        name = f"{model.name} with {editor}" if edited else model.name
        return completions.around(model, name=name, code=editing if edited else bare)

    return asked
