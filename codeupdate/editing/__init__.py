"""Editing: how a model is given new knowledge, and the mechanisms that methods share."""

from __future__ import annotations

from codeupdate.editing.change import Change
from codeupdate.editing.editor import earlier
from codeupdate.editing.loading import (
    editor_folders,
    load_editor,
    read_editor_spec,
    setting_names,
    settings_class,
)
from codeupdate.editing.protocol import Edited, Editor
from codeupdate.editing.saved import load_edit

__all__ = [
    "Change",
    "Edited",
    "Editor",
    "earlier",
    "editor_folders",
    "load_edit",
    "load_editor",
    "read_editor_spec",
    "setting_names",
    "settings_class",
]
