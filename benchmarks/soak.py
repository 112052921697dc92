"""Judges many programs in a row and counts what is there before and after.

Four moments are compared: before the sandbox is open, when its workers are warm, after the
programs, and when it is closed. Nothing may grow from the second to the third, and the
fourth has to be as the first. Mounts on the host are those of everybody: run it where nobody
else starts containers.
"""

from __future__ import annotations

import math
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import repeat
from pathlib import Path

from designs import KINDS, judge, open_ours, our_program
from processes import Process, all_processes, tree

from codeupdate.sandbox.leftovers import labels

#: Design → the kind of sandbox, and whether programs are judged apart.
SOAKED = {"local": ("local", False), "apart": ("local", True), "docker": ("docker", False)}
WARM = 500  # programs until every cache and pool of memory has its size
SETTLE = 1.0  # seconds until a worker has cleaned up after its last program
CLOSE = 15.0  # seconds for the engine to remove containers
MEMORY = 16  # MiB that an allocator may keep


@dataclass(frozen=True)
class Census:
    """What there is at one moment. Workers are the processes below this one, and those in
    containers of its sandbox."""

    processes: int
    worker_descriptors: int
    worker_mounts: int
    worker_mib: float
    host_threads: int
    host_descriptors: int
    host_mounts: int
    host_mib: float
    containers: int

    def beyond(self, allowed: Census, moment: str) -> list[str]:
        """What there is more of than ``allowed``, in words."""
        limits = asdict(allowed)
        return [
            f"{moment}: {count:g} {name.replace('_', ' ')}, not {limits[name]:g}"
            for name, count in asdict(self).items()
            if count > limits[name]
        ]


@dataclass(frozen=True)
class Soak:
    """How it went."""

    design: str
    programs: int
    per_second: float
    before: Census
    warm: Census
    after: Census
    closed: Census

    def left_behind(self) -> list[str]:
        """What there should not be, in words."""
        mib = self.warm.host_mib + MEMORY
        # Others may mount something while we run, and have to be done when we are.
        while_open = replace(
            self.warm,
            host_mib=mib,
            worker_mib=self.warm.worker_mib + MEMORY,
            host_mounts=max(self.warm.host_mounts, self.after.host_mounts),
        )
        return [
            *self.after.beyond(while_open, "after the programs"),
            *self.closed.beyond(replace(self.before, host_mib=mib), "when closed"),
        ]


class Counter:
    """Takes a census; remembers the processes, so that those which outlive us are found."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def census(self) -> Census:
        known = all_processes()
        me = known[os.getpid()]
        containers = _containers()
        roots = [os.getpid(), *containers]
        # The shim of a container is the parent of its first process.
        shims = [known[known[pid].parent] for pid in containers if pid in known]
        workers = [p for p in (*tree(roots, known), *shims) if p.pid != me.pid]
        self._seen |= {_identity(process) for process in workers}
        return Census(
            processes=sum(_identity(process) in self._seen for process in known.values()),
            worker_descriptors=sum(_count(f"/proc/{p.pid}/fd") for p in workers),
            worker_mounts=sum(_mounts(p.pid) for p in workers if _has_mounts_of_its_own(p.pid)),
            worker_mib=sum(p.memory for p in workers) / 2**20,
            host_threads=_count("/proc/self/task"),
            host_descriptors=_count("/proc/self/fd"),
            host_mounts=_mounts(me.pid),
            host_mib=me.memory / 2**20,
            containers=len(containers),
        )

    def census_when_closed(self, before: Census) -> Census:
        """The engine removes a container after it has ended, so it is given time."""
        end = time.monotonic() + CLOSE
        allowed = replace(before, host_mib=math.inf)
        while (now := self.census()).beyond(allowed, "") and time.monotonic() < end:
            time.sleep(0.5)
        return now


def soak(design: str, programs: int, workers: int) -> Soak:
    where, apart = SOAKED[design]
    kind = KINDS["trivial"]
    program = our_program(kind, apart=apart)
    counter = Counter()
    before = counter.census()
    with open_ours(where, kind, workers) as sandbox:
        judge(sandbox, repeat(program, WARM), 4 * workers)
        time.sleep(SETTLE)
        warm = counter.census()
        began = time.perf_counter()
        judge(sandbox, repeat(program, programs), 4 * workers)
        per_second = programs / (time.perf_counter() - began)
        time.sleep(SETTLE)
        after = counter.census()
    closed = counter.census_when_closed(before)
    return Soak(design, programs, per_second, before, warm, after, closed)


def _identity(process: Process) -> tuple[int, int]:
    return process.pid, process.birth


def _containers() -> list[int]:
    """The first processes of our containers; 0 for one that does not run."""
    filters = [f"--filter=label={name}={value}" for name, value in labels().items()]
    listed = _docker("ps", "--all", "--quiet", *filters).split()
    # One that is removed meanwhile has no process.
    return [int(_docker("inspect", "--format={{.State.Pid}}", one) or 0) for one in listed]


def _docker(*arguments: str) -> str:
    """What the command prints; nothing where it fails: without an engine, no containers."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _count(folder: str) -> int:
    """How many entries it has; none where its process has ended."""
    with suppress(OSError):
        return sum(1 for _ in Path(folder).iterdir())
    return 0


def _mounts(pid: int) -> int:
    """How many mounts a process sees; none where it has ended."""
    with suppress(OSError):
        return len(Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
    return 0


def _has_mounts_of_its_own(pid: int) -> bool:
    """Unlike a shim, which sees those of the host, and so of anybody's containers."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/ns/mnt").readlink() != Path("/proc/self/ns/mnt").readlink()
    return False
