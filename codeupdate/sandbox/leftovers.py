"""Containers that a killed run left behind are found by their labels and removed.

Ordinarily there are none: a worker ends when the process that attached to it does, and its
container with it. What can be left is a container whose program ran on, or one that was
made and never started.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["labels", "remove"]

log = logging.getLogger(__name__)

PLACE, OWNER = "codeupdate.place", "codeupdate.owner"


def labels() -> dict[str, str]:
    """What tells a container of this process from all others."""
    pid = os.getpid()
    return {PLACE: _place(), OWNER: f"{pid}:{_birth(pid)}"}


def remove(client: Any) -> int:
    """Remove the containers of processes of this place that are no more; how many it were."""
    import docker

    removed = 0
    for container in client.containers.list(
        all=True, filters={"label": f"{PLACE}={_place()}"}, ignore_removed=True
    ):
        pid, _, birth = container.labels[OWNER].partition(":")
        if _birth(int(pid)) == birth:
            continue
        with contextlib.suppress(docker.errors.APIError):  # it went away by itself
            container.remove(force=True)
            removed += 1
    if removed:
        log.info("removed %d containers that a killed run had left", removed)
    return removed


def _place() -> str:
    """Where process numbers mean what they mean here: an engine may serve many places."""
    return f"{platform.node()}/{Path('/proc/self/ns/pid').readlink()}"


def _birth(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty where there is none.

    A process number may be given again; number and birth together may not.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
