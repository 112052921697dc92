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
from codeupdate.evaluation.sources import Sources
from codeupdate.models.completions import PACKAGES
from codeupdate.types import Sampling

__all__ = ["check_same", "not_the_same", "provenance"]

#: What determines an answer or a verdict: a resumed run must agree in these, and in its sources.
DETERMINING = ("model", "tasks", "editors", "strategy", "sampling")


def provenance(
    *,
    model_settings: Mapping[str, object],
    tasks: Mapping[str, str],
    sources: Sources,
    strategy: str,
    sampling: Mapping[str, Sampling],
) -> dict[str, Any]:
    """What is known before there is a model.

    ``tasks`` are fingerprints, ``model_settings`` those in force, unless the model was loaded
    elsewhere; ``sampling`` is the one in force of each task, whether it was given or is the
    task's own."""
    return {
        "codeupdate": codeupdate.__version__,
        "revision": _revision(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "command": sys.argv,
        "model_settings": dict(model_settings),
        "tasks": dict(tasks),
        "sources": sources,
        "strategy": strategy,
        "sampling": {name: _in_force(one) for name, one in sampling.items()},
    }


def check_same(held: Mapping[str, Any], now: Mapping[str, Any], folder: str) -> None:
    """A resumed run must not mix answers that come from different things. What ``now`` does not
    know yet is not compared.

    Raises:
        StoreError: the model, a task, an editor or its settings, an environment or how is
            sampled have changed.
    """
    for name in DETERMINING:
        if name in now and held.get(name) != now[name]:
            raise StoreError(
                f"the run in '{folder}' cannot be continued: its {name} {_differ(name)} changed "
                "since it began; start a new run with --output"
            )
    for kind, digests in held.get("sources", {}).items():
        for name, digest in digests.items():
            if now["sources"].get(kind, {}).get(name, digest) != digest:
                raise StoreError(
                    f"the run in '{folder}' cannot be continued: its {kind} '{name}' has changed "
                    "since it began; undo that, or start a new run with --output"
                )


def not_the_same(held: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What a person should know who continues a run with another codeupdate, with other packages,
    or with code of which the run does not say what it was; None where nothing is."""
    before, after = _versions(held), _versions(now)
    found = [
        f"{name} was {before.get(name, 'absent')} and is {after.get(name, 'absent')}"
        for name in before | after
        if before.get(name) != after.get(name)
    ]
    found += [
        f"what the {kind} '{name}' was is not known"
        for kind, digests in now["sources"].items()
        for name in digests
        if name not in held.get("sources", {}).get(kind, {})
    ]
    if not found:
        return None
    return f"the run goes on with something else than it began with: {'; '.join(found)}"


def _in_force(sampling: Sampling) -> dict[str, Any]:
    """Of which sample one goes on with says what is known already, and not how is sampled."""
    return {name: value for name, value in asdict(sampling).items() if name != "first"}


def _versions(facts: Mapping[str, Any]) -> dict[str, str]:
    own = {name: facts.get(name) for name in ("codeupdate", "revision", "python")}
    return {name: str(found) for name, found in {**own, **facts.get("packages", {})}.items()}


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
