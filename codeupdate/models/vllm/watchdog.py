"""Ends an engine's processes where nobody else can, because whoever started them was killed.

A process that is killed tidies nothing up, and an engine goes on without it and keeps its GPUs.
So another one waits, with nothing to do but to read a pipe that only the first process has the
other end of: it closes with that process, in whatever way it ends. (The signal that Linux can
send when a parent dies comes when its *thread* ends, and engines are started in threads, too.)

Run as a script it is that other process.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

__all__ = ["Watchdog"]


class Watchdog:
    """Kills ``processes``, of psutil, when this process ends without ``close``."""

    def __init__(self, processes: Sequence[Any]) -> None:
        watched = [(process.pid, process.create_time()) for process in processes]
        self._process = subprocess.Popen(
            # Not with this file's folder in front of what it imports from.
            [sys.executable, "-P", __file__, json.dumps(watched)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what a terminal sends to all is not for it
        )

    def close(self) -> None:
        """Let the processes be. Nothing happens when it is closed already."""
        self._process.kill()  # before its pipe closes
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # who ends all at once may end it first
    import psutil

    watched = []
    for pid, created in json.loads(sys.argv[1]):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.create_time() == created:
                watched.append(process)
    sys.stdin.read()
    for process in watched:
        # psutil kills nobody who has got the number of a process that has ended.
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.kill()


if __name__ == "__main__":
    main()
