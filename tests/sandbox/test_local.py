"""The local sandbox as root and as an ordinary user, where it is refused, and when it is killed."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import isolation, local, open_sandbox
from codeupdate.types import Program, UnitTest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
CAP_SYS_ADMIN = 21
PR_CAPBSET_DROP = 24

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def public_python() -> str:
    """A Python of our version that every user of this machine may run."""
    path = Path(f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}")
    if not path.exists():
        pytest.skip(f"there is no {path}")
    return str(path)


def child(
    python: str, *arguments: str, before: Callable[[], None] | None = None, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    places = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    return subprocess.run(
        [python, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(places),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        preexec_fn=before,
        check=False,
    )


@as_root
def test_an_ordinary_user_is_as_safe_as_root() -> None:
    python = public_python()
    reachable = child(python, "-c", "import codeupdate.sandbox, pytest", user=NOBODY)
    if reachable.returncode != 0:
        pytest.skip("an ordinary user cannot read this checkout or its packages")
    names = "reach or left or own_result or shared_by or killing or printed or filled or many"
    result = child(
        python,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"local and ({names})"),
        "tests/sandbox/test_contract.py",
        "tests/sandbox/test_hostile.py",
        user=NOBODY,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "passed" in result.stdout and "skipped" not in result.stdout, result.stdout[-3000:]


def _without_sys_admin() -> None:
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)


@as_root
def test_it_refuses_where_the_kernel_gives_no_namespaces() -> None:
    result = child(
        sys.executable,
        "-c",
        "from codeupdate.sandbox import open_sandbox\nwith open_sandbox('local', workers=1): pass",
        before=_without_sys_admin,
    )
    last = result.stderr.strip().splitlines()[-1]
    assert "SandboxUnavailable: the local sandbox cannot isolate programs here: " in last
    assert "unshare" in last and "Operation not permitted" in last
    assert "--sandbox docker" in last


def test_it_refuses_where_there_is_no_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match=r"namespaces of Linux.*--sandbox docker"):
        local.check()


def test_a_step_that_fails_says_which() -> None:
    plan = {"visible": [], "placed": {}, "uid": None, "scratch_bytes": -1}
    result = subprocess.run(
        [sys.executable, "-I", "-S", isolation.__file__, json.dumps(plan)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"'/tmp/tmp' cannot be mounted: Invalid argument" in result.stdout


@as_root
def test_every_worker_has_a_user_of_its_own() -> None:
    source = "import os, time\ntime.sleep(0.3)\nprint(os.getuid())"
    with open_sandbox("local", workers=2) as sandbox:
        futures = [sandbox.submit(Program(f"{n}", "python", source)) for n in range(2)]
        users = {int(future.result(timeout=60).stdout) for future in futures}
    assert len(users) == 2
    assert min(users) >= local.FIRST_UID


def test_nothing_outlives_the_process_that_is_killed() -> None:
    script = textwrap.dedent("""
        import time
        from codeupdate.sandbox import open_sandbox
        from codeupdate.types import Program
        with open_sandbox("local", workers=2) as sandbox:
            source = "import os, time\\nos.fork()\\nos.fork() or os.setsid()\\ntime.sleep(600)"
            for n in range(2):
                sandbox.submit(Program(str(n), "python", source))
            time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as process:
        try:
            started = descendants_when(process.pid, lambda found: len(found) >= 12)
        finally:
            process.send_signal(signal.SIGKILL)
    assert_they_die(started)


def test_leaving_ends_programs_that_still_run() -> None:
    with open_sandbox("local", workers=1) as sandbox:
        future = sandbox.submit(
            Program("p", "python", "import time", (UnitTest("t", "time.sleep(600)"),))
        )
        started = descendants_when(os.getpid(), lambda found: len(found) >= 3)
    assert future.done()
    assert_they_die(started)


def descendants_when(pid: int, enough: Callable[[set[int]], bool]) -> set[int]:
    """The processes below ``pid``, as soon as there are enough."""
    deadline = time.monotonic() + 60
    while True:
        found = descendants(pid)
        if enough(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
        children.setdefault(parent, []).append(int(stat.parent.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return found


def assert_they_die(pids: set[int]) -> None:
    """The kernel ends a namespace soon after its first process was killed, not with it."""
    deadline = time.monotonic() + 30
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive(pids) == set()


def alive(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found
