"""An engine that is restarted in the middle: every program gets its one verdict.

The test starts an engine of its own, beside that of the machine, so that it may kill it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import open_sandbox
from codeupdate.sandbox.base_image import make_base_image
from codeupdate.sandbox.docker import connect
from codeupdate.types import Outcome, Program, UnitTest

pytestmark = pytest.mark.docker


class Engine:
    """A ``dockerd`` with its own folders, socket and network namespace: one that is started
    without a network removes the bridge of the engine that is there already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = f"unix://{folder}/docker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.folder / "docker.pid").unlink(missing_ok=True)
        command = [
            "unshare",
            "--net",
            "dockerd",
            "--host",
            self.socket,
            "--bridge",
            "none",
            "--iptables=false",
        ]
        command += ["--ip6tables=false", "--data-root", str(self.folder / "data")]
        command += ["--exec-root", str(self.folder / "exec")]
        command += ["--pidfile", str(self.folder / "docker.pid")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def answers(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                connect().close()
            except SandboxUnavailable:
                time.sleep(0.3)
            else:
                return True
        return False

    def stop(self, signal_: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(signal_)
        self.process.wait(timeout=60)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("only root with dockerd installed can start an engine of its own")
    own = Engine(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", own.socket)
    own.start()
    try:
        if not own.answers(40):
            pytest.skip(f"a second engine does not start here: see {tmp_path / 'log'}")
        yield own
    finally:
        own.stop()
        mounts = Path("/proc/mounts").read_text().split("\n")
        for place in (line.split()[1] for line in mounts if str(tmp_path) in line):
            subprocess.run(["umount", "-l", place], check=False)


def python() -> str:
    import sys

    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_a_restart_in_the_middle_loses_and_doubles_nothing(engine: Engine) -> None:
    make_base_image(python())
    programs = [
        Program(f"p{n}", "python", f"def f(): return {n}", (UnitTest("t", f"assert f() == {n}"),))
        for n in range(1000)
    ]
    with open_sandbox("docker", workers=2) as sandbox:
        futures = [sandbox.submit(program) for program in programs]
        futures[100].result(timeout=120)
        engine.stop()
        engine.start()
        verdicts = [future.result(timeout=300) for future in futures]
    assert [verdict.program for verdict in verdicts] == [program.id for program in programs]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.PASSED}


def test_an_engine_that_stays_away_is_our_failure(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeupdate.sandbox.docker.ENGINE_SECONDS", 2.0)
    make_base_image(python())
    with open_sandbox("docker", workers=2) as sandbox:
        assert sandbox.submit(Program("first", "python", "pass")).result(timeout=60).passed
        engine.stop()
        futures = [sandbox.submit(Program(str(n), "python", "pass")) for n in range(50)]
        verdicts = [future.result(timeout=60) for future in futures]
        engine.start()
        assert engine.answers(40)
        assert sandbox.submit(Program("again", "python", "pass")).result(timeout=60).passed
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INFRASTRUCTURE}
    assert "start it again" in verdicts[-1].detail
