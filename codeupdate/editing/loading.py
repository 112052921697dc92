"""Editors by name: ``lora``, or several that are in force together, ``lora+docs``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codeupdate import plugins
from codeupdate.editing.editor import AttachFunction, EditFunction, FolderEditor
from codeupdate.editing.protocol import Edited, Editor
from codeupdate.errors import DataError, UsageError
from codeupdate.models.protocol import Model
from codeupdate.types import EditCost, Example, Update

__all__ = [
    "EditorSpec",
    "Method",
    "Together",
    "editor_folders",
    "load_editor",
    "read_editor_spec",
    "read_method",
    "setting_names",
    "settings_class",
]

MARKER = "editor.yaml"


class EditorSpec(BaseModel):
    """One ``editor.yaml``. ``settings``: family of models (or ``default``) → settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    summary: str
    paper: str = ""
    changes: str = Field(pattern="^(nothing|prompt|adapter|weights|memory)$")
    settings: Mapping[str, Mapping[str, object]] = Field(default_factory=dict)


def editor_folders(include: Sequence[Path] = ()) -> dict[str, Path]:
    """Name → folder of every editor that can be found."""
    return plugins.names("editors", MARKER, include)


def read_editor_spec(path: Path) -> EditorSpec:
    """Read and check an ``editor.yaml``.

    Raises:
        DataError: it is not YAML, or not what an editor may say.
    """
    try:
        spec = EditorSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"'{path}' cannot be read as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else "it has no 'name: …' and 'changes: …'"
        raise DataError(f"'{path}' is not an editor: {what}") from error
    if spec.name != path.parent.name:
        raise DataError(
            f"'{path}' names its editor '{spec.name}'; it must have the name of its folder, "
            f"'{path.parent.name}'"
        )
    return spec


def setting_names(name: str, include: Sequence[Path] = ()) -> set[str]:
    """What ``load_editor`` takes as settings for ``name``: ``rank`` and ``lora.rank``.

    Raises:
        UsageError: there is no editor of that name.
    """
    methods = [read_method(part, include) for part in name.split("+")]
    fields = {
        (method.spec.name, field) for method in methods for field in method.settings.model_fields
    }
    return {field for _, field in fields} | {f"{owner}.{field}" for owner, field in fields}


def settings_class(name: str, include: Sequence[Path] = ()) -> type[BaseModel]:
    """The class that checks the settings of the editor ``name`` and knows their defaults.

    Raises:
        UsageError: there is no editor of that name.
        DataError: its folder is faulty.
    """
    return read_method(name, include).settings


def load_editor(name: str, *, include: Sequence[Path] = (), **settings: object) -> Editor:
    """The editor ``name``; names joined by ``+`` are applied one inside the other.

    Of several, each takes those of ``settings`` that it knows; ``lora.rank`` names one.

    Raises:
        UsageError: there is no editor of that name, or none of them takes a setting.
        DataError: its folder is faulty.
    """
    methods = [read_method(part, include) for part in name.split("+")]
    for key in settings:
        if not any(method.takes(key) for method in methods):
            known = sorted({field for method in methods for field in method.settings.model_fields})
            raise UsageError(
                f"the editor '{name}' has no setting '{key}'; it has: {', '.join(known) or 'none'}"
            )
    editors = [
        FolderEditor(
            method.spec.name,
            method.settings,
            method.edit,
            presets=method.spec.settings,
            overrides={
                key.rpartition(".")[2]: value
                for key, value in settings.items()
                if method.takes(key)
            },
            changes=method.spec.changes,
        )
        for method in methods
    ]
    for editor in editors:
        editor.settings_for("default")  # a bad value is found before a model is loaded
    return editors[0] if len(editors) == 1 else Together(editors)


@dataclass(frozen=True, slots=True)
class Method:
    """What the folder of an editor holds."""

    spec: EditorSpec
    settings: type[BaseModel]
    edit: EditFunction
    attach: AttachFunction | None  # of a memory: puts in force what its edit saved

    def takes(self, key: str) -> bool:
        owner, _, field = key.rpartition(".")
        return field in self.settings.model_fields and owner in {"", self.spec.name}


def read_method(name: str, include: Sequence[Path] = ()) -> Method:
    """What the folder of the editor ``name`` holds.

    Raises:
        UsageError: there is no editor of that name.
        DataError: its folder is faulty.
    """
    folder = plugins.find("editors", name, MARKER, include)
    module = plugins.load_module(folder / "editor.py")
    settings, edit = getattr(module, "Settings", None), getattr(module, "edit", None)
    if not (isinstance(settings, type) and issubclass(settings, BaseModel) and callable(edit)):
        raise DataError(f"'{folder / 'editor.py'}' has to define 'class Settings' and 'edit'")
    attach = getattr(module, "attach", None)
    return Method(read_editor_spec(folder / MARKER), settings, edit, attach)


class Together:
    """Several editors, each applied to what the one before it made."""

    def __init__(self, editors: Sequence[Editor]) -> None:
        self.editors = editors
        self.name = "+".join(editor.name for editor in editors)

    def settings_for(self, family: str) -> Mapping[str, object]:
        return {
            f"{editor.name}.{key}": value
            for editor in self.editors
            for key, value in editor.settings_for(family).items()
        }

    @contextmanager
    def apply(
        self, model: Model, updates: Sequence[Update], replay: Sequence[Example] = ()
    ) -> Iterator[Edited]:
        with ExitStack() as stack:
            edits: list[Edited] = []
            for editor in self.editors:
                base = edits[-1] if edits else model
                edits.append(stack.enter_context(editor.apply(base, updates, replay)))
            yield edits[-1].costing(sum((edit.cost for edit in edits), EditCost()))
