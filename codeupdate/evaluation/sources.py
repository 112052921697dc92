"""What a run's answers and verdicts come from beside codeupdate itself, as digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from codeupdate.editing import editor_folders
from codeupdate.evaluation.prepare import Prepared
from codeupdate.models.completions import code_digest
from codeupdate.sandbox.environments import load_environment
from codeupdate.tasks import FolderTask

__all__ = ["Sources", "sources"]

#: "editor", "task" or "environment" → its name → digest.
Sources = dict[str, dict[str, str]]


def sources(prepared: Prepared) -> Sources:
    """The code of editors and tasks and what their environments are.

    Editors that were not loaded by their names are left out: nobody knows their source. What
    tasks ask and what environments they derive is in their fingerprints.

    Raises:
        UsageError, DataError: there is no such environment, or its file is faulty.
    """
    config = prepared.config
    folders = editor_folders(config.include)
    names = [arm.loaded.name for arm in prepared.arms if arm.loaded]
    parts = dict.fromkeys(part for name in names for part in name.split("+"))
    files = sorted(prepared.environments - prepared.derived.keys())
    return {
        "editor": {name: code_digest([folders[name]]) for name in parts},
        "task": {name: _task(task, config.editors) for name, task in prepared.tasks.items()},
        "environment": {name: _environment(name, config.include) for name in files},
    }


def _task(task: FolderTask, editors: Sequence[str]) -> str:
    """How it reads, judges and teaches."""
    spec = task.spec
    arms = {name: spec.arms[name] for name in editors if name in spec.arms}
    said = (arms, spec.specificity, spec.decisive, spec.recorded)
    return _digest(code_digest([task.folder]) + repr(said))


def _environment(name: str, include: Sequence[Path]) -> str:
    """What it says, and the code in folders that it puts on the path, wherever these are."""
    environment = load_environment(name, include)
    said = {**asdict(environment), "paths": code_digest(environment.paths)}
    return _digest(json.dumps(said, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
