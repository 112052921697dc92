"""Which processes there are and what they cost, as the kernel tells it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}


@dataclass(frozen=True)
class Process:
    """A process as it is at one moment."""

    pid: int
    birth: int  # ticks since the machine started; with the pid it names a process for good
    parent: int
    name: str
    cpu_seconds: float  # its own and that of the children whose end it has noticed
    memory: int  # resident bytes


def all_processes() -> dict[int, Process]:
    """Every process that can be seen, by pid."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            head, _, tail = path.read_text().rpartition(")")
            pid, _, name = head.partition(" (")
            fields = tail.split()  # from the third on, see proc(5)
            cpu = sum(int(field) for field in fields[11:15]) / TICK
            found[int(pid)] = Process(
                int(pid), int(fields[19]), int(fields[1]), name, cpu, int(fields[21]) * PAGE
            )
    return found


def tree(roots: Iterable[int], known: dict[int, Process]) -> list[Process]:
    """The processes ``roots`` and all that descend from them."""
    children: dict[int, list[int]] = {}
    for process in known.values():
        children.setdefault(process.parent, []).append(process.pid)
    waiting, found = list(roots), {}
    while waiting:
        pid = waiting.pop()
        if pid in known and pid not in found:
            found[pid] = known[pid]
            waiting += children.get(pid, ())
    return list(found.values())


class Meter:
    """CPU seconds from the moment it is made to ``stop``.

    Counted are this process and its descendants; with ``engine`` also the Docker engine
    (dockerd, containerd, shims), all that is in containers, and all that these start
    meanwhile, whether it has ended or not.
    """

    def __init__(self, *, engine: bool) -> None:
        self._events = [*_count_engine()] if engine else []
        self._before = _own_seconds()

    def stop(self) -> float:
        seconds = _own_seconds() - self._before
        for event in self._events:
            (nanoseconds,) = struct.unpack("Q", os.read(event, 8))
            os.close(event)
            seconds += nanoseconds / 1e9
        return seconds


def why_engine_cannot_be_counted() -> str | None:
    """The reason; None where it can be."""
    try:
        events = [*_count_engine()]
    except OSError as error:
        return f"the engine's CPU time cannot be read ({error.strerror}); run this as root"
    for event in events:
        os.close(event)
    return None if events else "the engine's processes cannot be seen from here"


def _own_seconds() -> float:
    return sum(process.cpu_seconds for process in tree([os.getpid()], all_processes()))


def _count_engine() -> Iterator[int]:
    """Descriptors that give nanoseconds of CPU time, one for each thread of the engine.

    Shims and containers that end belong to nobody who would notice, so the kernel's
    performance counters have to tell: they are handed on to what a thread starts.
    """
    known = all_processes()
    roots = [p.pid for p in known.values() if _is_engine(p.name)]
    for process in tree(roots, known):
        for thread in Path(f"/proc/{process.pid}/task").glob("*"):
            with contextlib.suppress(ProcessLookupError):  # it has ended
                yield _cpu_clock(int(thread.name))


def _is_engine(name: str) -> bool:
    return name in ("dockerd", "containerd") or name.startswith("containerd-shim")


def _cpu_clock(thread: int) -> int:
    """perf_event_open(2) for the software event "task clock"."""
    size, software, task_clock, inherit, close_on_exec = 112, 1, 1, 1 << 1, 1 << 3
    fields = struct.pack("=IIQQQQQ", software, size, task_clock, 0, 0, 0, inherit)
    libc = ctypes.CDLL(None, use_errno=True)
    event: int = libc.syscall(
        PERF_EVENT_OPEN[platform.machine()],
        fields.ljust(size, b"\0"),
        thread,
        -1,
        -1,
        close_on_exec,
    )
    if event < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return event
