"""Processes end with who started them, and not before; with processes that sleep for engines."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codeupdate.models.vllm.watchdog import Watchdog

psutil = pytest.importorskip("psutil", reason="comes with vLLM")

STARTER = """
import os, subprocess, time
import psutil
from codeupdate.models.vllm.watchdog import Watchdog

engine = subprocess.Popen(["sleep", "600"])
watchdog = Watchdog([psutil.Process(engine.pid)])
print(engine.pid, flush=True)
{then}
"""


@pytest.fixture
def engine() -> Iterator[Any]:
    process = subprocess.Popen(["sleep", "600"])
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def comes(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def runs(process: Any) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_is_killed_takes_its_engine_along(number: int) -> None:
    script = STARTER.format(then="time.sleep(600)")
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    engine = psutil.Process(int(starter.stdout.readline()))
    assert runs(engine)
    starter.send_signal(number)
    # The watchdog does not hold what others wait for the end of.
    starter.communicate(timeout=60)
    assert comes(lambda: not runs(engine))


def test_who_ends_without_a_word_takes_its_engine_along() -> None:
    script = STARTER.format(then="os._exit(3)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 3 and done.stderr == ""
    pid = int(done.stdout)
    assert comes(lambda: not psutil.pid_exists(pid) or not runs(psutil.Process(pid)))


def test_a_thread_that_ends_takes_nothing_along(engine: Any) -> None:
    found: list[Watchdog] = []
    thread = threading.Thread(target=lambda: found.append(Watchdog([engine])))
    thread.start()
    thread.join()
    assert not comes(lambda: not runs(engine), seconds=1)
    found[0].close()


def test_what_is_closed_is_let_be(engine: Any) -> None:
    watchdog = Watchdog([engine])
    watchdog.close()
    watchdog.close()
    assert watchdog._process.returncode == -signal.SIGKILL
    assert not comes(lambda: not runs(engine), seconds=1)


def test_signals_for_all_do_not_end_the_watchdog_first(engine: Any) -> None:
    watchdog = Watchdog([engine])
    asleep = psutil.Process(watchdog._process.pid)
    assert comes(lambda: _ignores(asleep.pid, signal.SIGTERM))
    watchdog._process.terminate()
    assert watchdog._process.stdin is not None
    watchdog._process.stdin.close()  # as the end of this process would
    assert comes(lambda: not runs(engine))
    assert watchdog._process.wait(60) == 0


def _ignores(pid: int, number: int) -> bool:
    """Whether the process ignores the signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigIgn"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_another_process_with_the_number_of_one_that_ended_is_let_be(engine: Any) -> None:
    former = SimpleNamespace(pid=engine.pid, create_time=lambda: engine.create_time() - 5)
    watchdog = Watchdog([former])
    assert watchdog._process.stdin is not None
    watchdog._process.stdin.close()
    assert watchdog._process.wait(60) == 0
    assert runs(engine)
