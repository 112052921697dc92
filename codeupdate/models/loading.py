"""Models by name: ``tiny``, ``hf:org/name-or-path``, ``recorded:PATH``, ``reference``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codeupdate import plugins
from codeupdate.errors import UsageError
from codeupdate.models.answers import reference
from codeupdate.models.protocol import Model
from codeupdate.models.recordings import RecordedForm, recorded
from codeupdate.models.transformers import load_transformers
from codeupdate.types import Problem

__all__ = ["BACKENDS", "check_model_name", "load_model"]

#: Form of a model's name → what it is, for people.
BACKENDS = {
    "tiny": "the small model that comes with codeupdate",
    "hf:NAME-OR-PATH": "a causal language model of transformers, from a folder or the hub "
    "(NAME@REVISION pins it)",
    "recorded:PATH": "completions from a file (JSON lines or a JSON list) or a folder of files",
    "reference": "the task's own solutions; they have to score 100 %",
}


def check_model_name(name: str) -> None:
    """Whether ``name`` has the form of a model's name, before anything is loaded.

    Raises:
        UsageError: it has not.
    """
    backend, colon, rest = name.partition(":")
    if name in {"tiny", "reference"} or (backend in {"hf", "recorded"} and rest):
        return
    hint = f"did you mean 'hf:{name}'? " if not colon else ""
    raise UsageError(f"there is no model '{name}'; {hint}a model is one of: {', '.join(BACKENDS)}")


def load_model(
    name: str,
    *,
    problems: Sequence[Problem] = (),
    form: RecordedForm | None = None,
) -> Model:
    """Load a model.

    ``problems`` are what ``reference`` answers; ``form`` says which fields of recorded rows
    hold the problem and its completions.

    Raises:
        UsageError: the name has no known form.
        MissingExtra: the backend's package is not installed.
        ModelError: it cannot be loaded.
        DataError: the recorded completions cannot be read.
    """
    check_model_name(name)
    backend, _, rest = name.partition(":")
    if backend == "tiny":
        folder = plugins.data_folder() / "tiny"
        # In float32: on a CPU it is faster than the stored bfloat16, and an edit is exact.
        # On one thread: its matrices are too small to share out, and threads that wait for
        # each other beside the sandbox's processes cost up to twenty times as much.
        return load_transformers(str(folder), name=name, family="tiny", dtype="float32", threads=1)
    if backend == "hf":
        return load_transformers(rest, name=name)
    if backend == "recorded":
        return recorded(Path(rest), form or RecordedForm())
    return reference(problems)
