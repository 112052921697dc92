"""Models by name: ``tiny``, ``hf:org/name-or-path``, ``vllm:…``, ``openai:NAME@URL``, …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from codeupdate import plugins
from codeupdate.errors import UsageError
from codeupdate.models.answers import reference
from codeupdate.models.openai import Address, load_openai
from codeupdate.models.openai import Settings as OpenAISettings
from codeupdate.models.protocol import Model
from codeupdate.models.recordings import RecordedForm, recorded
from codeupdate.models.settings import checked_settings
from codeupdate.models.transformers_loading import Settings as TransformersSettings
from codeupdate.models.transformers_loading import load_transformers
from codeupdate.models.vllm import VllmSettings, load_vllm
from codeupdate.types import Problem

__all__ = ["BACKENDS", "check_model_name", "load_model", "only_answers", "settings_of"]

#: Form of a model's name → what it is, for people.
BACKENDS = {
    "tiny": "the small model that comes with codeupdate",
    "hf:NAME-OR-PATH": "a causal language model of transformers, from a folder or the hub "
    "(NAME@REVISION pins it)",
    "vllm:NAME-OR-PATH": "the same in an engine of vLLM on this machine",
    "openai:NAME@URL": "a model behind a server of OpenAI's API, as vllm serve is one",
    "recorded:PATH": "completions from a file (JSON lines or a JSON list) or a folder of files",
    "reference": "the task's own solutions; they have to score 100 %",
}


class _NoSettings(BaseModel):
    """Of a backend whose answers are there already."""

    model_config = ConfigDict(extra="forbid", frozen=True)


#: Backend → the class of its settings.
SETTINGS: Mapping[str, type[BaseModel]] = {
    "tiny": TransformersSettings,
    "hf": TransformersSettings,
    "vllm": VllmSettings,
    "openai": OpenAISettings,
    "recorded": _NoSettings,
    "reference": _NoSettings,
}

#: How ``tiny`` is loaded where nothing else is said. In float32: on a CPU it is faster than
#: the stored bfloat16, and an edit is exact. On one thread: its matrices are too small to share
#: out, and threads that wait for each other beside the sandbox's processes cost up to twenty
#: times as much.
TINY = {"dtype": "float32", "threads": 1}


def only_answers(name: str) -> bool:
    """Whether the model ``name`` has no weights that could be looked at or changed."""
    return name.partition(":")[0] in {"openai", "recorded", "reference"}


def check_model_name(name: str) -> None:
    """Whether ``name`` has the form of a model's name, before anything is loaded.

    Raises:
        UsageError: it has not.
    """
    if not isinstance(name, str):
        raise UsageError(f"a model is loaded by its name, as 'tiny' or 'hf:PATH', and not {name!r}")
    backend, colon, rest = name.partition(":")
    if name in {"tiny", "reference"} or (backend in {"hf", "vllm", "recorded"} and rest):
        return
    if backend == "openai":
        Address.parse(rest)
        return
    hint = f"did you mean 'hf:{name}'? " if not colon else ""
    raise UsageError(f"there is no model '{name}'; {hint}a model is one of: {', '.join(BACKENDS)}")


def settings_of(name: str, given: Mapping[str, Any]) -> BaseModel:
    """The settings that the model ``name`` has where those ``given`` are set by hand.

    Raises:
        UsageError: the name has no known form, there is no such setting, or it cannot have
            this value.
    """
    check_model_name(name)
    preset = TINY if name == "tiny" else {}
    return checked_settings(name, SETTINGS[name.partition(":")[0]], {**preset, **given})


def load_model(
    name: str,
    *,
    settings: Mapping[str, Any] | None = None,
    problems: Sequence[Problem] = (),
    form: RecordedForm | None = None,
) -> Model:
    """Load a model.

    ``settings`` are those of its backend; ``problems`` are what ``reference`` answers; ``form``
    says which fields of recorded rows hold the problem and its completions.

    Raises:
        UsageError: the name has no known form, or it has no such setting.
        MissingExtra: the backend's package is not installed.
        ModelError: it cannot be loaded.
        DataError: the recorded completions cannot be read.
    """
    chosen = settings_of(name, settings or {})
    backend, _, rest = name.partition(":")
    if isinstance(chosen, TransformersSettings):
        if name == "tiny":
            folder = str(plugins.data_folder() / "tiny")
            return load_transformers(folder, name=name, family="tiny", settings=chosen)
        return load_transformers(rest, name=name, settings=chosen)
    if isinstance(chosen, VllmSettings):
        return load_vllm(rest, name=name, settings=chosen)
    if isinstance(chosen, OpenAISettings):
        return load_openai(rest, name=name, settings=chosen)
    if backend == "recorded":
        return recorded(Path(rest), form or RecordedForm())
    return reference(problems)
