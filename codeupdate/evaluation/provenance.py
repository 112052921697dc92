"""Where a run's numbers come from: versions, fingerprints, settings, revision."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import codeupdate
from codeupdate import plugins
from codeupdate.errors import StoreError
from codeupdate.models.completions import PACKAGES
from codeupdate.types import Sampling

__all__ = ["check_same", "provenance"]

#: What determines an answer or a verdict: a resumed run must agree in these.
DETERMINING = ("model", "tasks", "editors", "strategy", "sampling")


def provenance(
    *,
    model: str,
    model_settings: Mapping[str, object],
    tasks: Mapping[str, str],
    editors: Mapping[str, Mapping[str, object]],
    strategy: str,
    sampling: Mapping[str, Sampling],
    sandbox: str,
) -> dict[str, Any]:
    """``model`` and ``tasks`` are fingerprints, ``editors`` the settings in force, as are
    ``model_settings``, unless the model was loaded elsewhere; ``sampling`` is the one in force
    of each task, whether it was given or is the task's own."""
    return {
        "codeupdate": codeupdate.__version__,
        "revision": _revision(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "command": sys.argv,
        "model": model,
        "model_settings": dict(model_settings),
        "tasks": dict(tasks),
        "editors": {name: dict(settings) for name, settings in editors.items()},
        "strategy": strategy,
        "sampling": {name: asdict(one) for name, one in sampling.items()},
        "sandbox": sandbox,
    }


def check_same(held: Mapping[str, Any], now: Mapping[str, Any], folder: str) -> None:
    """A resumed run must not mix answers that come from different things.

    Raises:
        StoreError: the model, a task's data, an editor's settings or how is sampled have changed.
    """
    for name in DETERMINING:
        if held.get(name) != now[name]:
            raise StoreError(
                f"the run in '{folder}' cannot be continued: its {name} {_differ(name)} changed "
                "since it began; start a new run with --output"
            )


def _differ(name: str) -> str:
    return "have" if name.endswith("s") else "has"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _revision() -> str | None:
    """The commit of the checkout that runs, with a mark where files differ from it."""
    root = plugins.bundled()
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
