"""The Docker sandbox contains what it runs, survives the loss of a container, leaves none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import SandboxUnavailable, UsageError
from codeupdate.sandbox import open_sandbox
from codeupdate.sandbox.base_image import make_base_image
from codeupdate.sandbox.building import ready
from codeupdate.sandbox.docker import DockerSandbox, connect, require_image
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.leftovers import OWNER, PLACE, labels, remove
from codeupdate.types import Limits, Outcome, Program, UnitTest

RUN_FOREVER = """
import sys, time
from codeupdate.sandbox import open_sandbox
from codeupdate.types import Limits, Program
with open_sandbox("docker", workers=1) as sandbox:
    sandbox.submit(Program("p", "python", "pass")).result()
    limits = Limits(cpu_seconds=600, wall_seconds=600)
    sandbox.submit(Program("q", "python", "import time; time.sleep(600)", limits=limits))
    time.sleep(1)
    print("RUNNING", flush=True)
    time.sleep(600)
"""


def python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """A client of an engine that has the image for the running Python."""
    try:
        client = connect()
    except (SandboxUnavailable, UsageError) as error:
        pytest.skip(str(error))
    try:
        require_image(client, python())
    except SandboxUnavailable:
        make_base_image(python())
    yield client
    client.close()


def of_process(client: Any, pid: int) -> list[Any]:
    """The containers of a process."""
    found = client.containers.list(all=True, filters={"label": PLACE}, ignore_removed=True)
    return [one for one in found if one.labels[OWNER].startswith(f"{pid}:")]


def containers(client: Any) -> list[Any]:
    return of_process(client, os.getpid())


@pytest.mark.docker
def test_verdicts_come_back_and_no_container_stays(engine: Any) -> None:
    tests = (UnitTest("one", "assert f() == 1"), UnitTest("two", "assert f() == 2"))
    with open_sandbox("docker", workers=2) as sandbox:
        assert sandbox.name == "docker"
        right = sandbox.submit(Program("right", "python", "def f(): return 1", tests[:1]))
        wrong = sandbox.submit(Program("wrong", "python", "def f(): return 1", tests))
        endless = sandbox.submit(
            Program("endless", "python", "while True: pass", limits=Limits(cpu_seconds=1))
        )
        assert right.result().outcome is Outcome.PASSED
        assert wrong.result().outcome is Outcome.FAILED
        assert [test.outcome for test in wrong.result().tests] == [Outcome.PASSED, Outcome.FAILED]
        assert endless.result().outcome is Outcome.TIMEOUT
        assert 1 <= len(containers(engine)) <= 2
    assert containers(engine) == []


@pytest.mark.docker
def test_what_a_program_can_reach(engine: Any) -> None:
    source = """
import errno, os, socket
assert os.getuid() != 0 and os.getgid() != 0
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
held = [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
assert all(int(capabilities, 16) == 0 for capabilities in held), held
assert status["NoNewPrivs"].strip() == "1"
for path in ("/x", "/usr/local/x", "/worker.py", "/etc/x"):
    try:
        open(path, "a")
    except OSError as error:
        assert error.errno in (errno.EROFS, errno.EACCES), (path, error)
    else:
        raise AssertionError(path)
try:
    socket.create_connection(("1.1.1.1", 53), timeout=2)
except OSError as error:
    assert error.errno == errno.ENETUNREACH, error
else:
    raise AssertionError("there is a network")
open("x", "w").write("here a program may write")
"""
    with open_sandbox("docker", workers=1) as sandbox:
        verdict = sandbox.submit(Program("p", "python", source)).result()
    assert verdict.outcome is Outcome.PASSED, verdict.detail


@pytest.mark.docker
def test_folders_and_preloaded_modules_of_the_environment(engine: Any, tmp_path: Path) -> None:
    (tmp_path / "mylibrary.py").write_text("value = 7\n")
    environment = Environment(
        "mine", preload=("mylibrary",), variables={"MINE": "1"}, paths=(tmp_path,)
    )
    source = (
        "import os, sys; assert 'mylibrary' in sys.modules; assert os.environ['MINE'] == '1'\n"
        "import mylibrary; assert mylibrary.value == 7\n"
        "try: open(mylibrary.__file__, 'a')\n"
        "except OSError: pass\n"
        "else: raise AssertionError('the package can be changed')\n"
    )
    with DockerSandbox(lambda name: ready(environment), 1) as sandbox:
        verdict = sandbox.submit(Program("p", "mine", source)).result()
    assert verdict.outcome is Outcome.PASSED, verdict.detail


@pytest.mark.docker
def test_a_program_whose_container_is_gone_is_tried_again(engine: Any) -> None:
    source = "import time; time.sleep(3)"
    with open_sandbox("docker", workers=1) as sandbox:
        sandbox.submit(Program("first", "python", "pass")).result()
        (before,) = containers(engine)
        running = sandbox.submit(Program("p", "python", source))
        while len(before.top()["Processes"]) < 2 and not running.done():
            time.sleep(0.1)  # until the program's own process is there
        before.remove(force=True)
        verdict = running.result()
        (after,) = containers(engine)
    assert verdict.outcome is Outcome.PASSED
    assert after.id != before.id


@pytest.mark.docker
def test_an_environment_that_cannot_be_had_is_tried_once(engine: Any) -> None:
    asked: list[str] = []

    def resolve(name: str) -> ReadyEnvironment:
        asked.append(name)
        raise SandboxUnavailable("there is no such package")

    with DockerSandbox(resolve, 2) as sandbox:
        programs = [sandbox.submit(Program(str(i), "mine", "pass")) for i in range(6)]
        verdicts = [program.result() for program in programs]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INFRASTRUCTURE}
    assert {verdict.detail for verdict in verdicts} == {"there is no such package"}
    assert asked == ["mine"]


@pytest.mark.docker
def test_ctrl_c_leaves_no_container(engine: Any) -> None:
    command = [sys.executable, "-c", RUN_FOREVER]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "RUNNING\n"
        assert of_process(engine, run.pid)
        run.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in run.communicate()[1]
    assert of_process(engine, run.pid) == []


@pytest.mark.docker
def test_containers_of_a_killed_run_are_removed_and_others_are_not(engine: Any) -> None:
    command = [sys.executable, "-c", RUN_FOREVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "RUNNING\n"
        run.send_signal(signal.SIGKILL)
    left = of_process(engine, run.pid)
    assert len(left) == 1, "its program runs on for ten minutes"
    never_started = engine.containers.create(
        f"python:{python()}-slim", "true", labels={**labels(), OWNER: f"{run.pid}:1"}
    )
    mine = engine.containers.create(f"python:{python()}-slim", "true", labels=labels())
    try:
        assert remove(engine) >= 2
        known = {one.id for one in engine.containers.list(all=True)}
        assert left[0].id not in known
        assert never_started.id not in known
        assert mine.id in known
    finally:
        mine.remove(force=True)


@pytest.mark.docker
def test_an_image_that_cannot_be_had_is_one_sentence(engine: Any) -> None:
    with pytest.raises(
        SandboxUnavailable, match=r"'python:3\.99-slim'.*docker pull.*codeupdate sandbox base"
    ):
        require_image(engine, "3.99")


@pytest.mark.docker
def test_the_base_image_has_what_packages_need(engine: Any) -> None:
    name = "python:test-base-slim"
    make_base_image(python(), name=name)
    try:
        code = "import ctypes, ssl, sqlite3, zoneinfo; ctypes.CDLL('libstdc++.so.6'); print(7)"
        said = engine.containers.run(name, ["python3", "-c", code], remove=True)
        assert said == b"7\n"
    finally:
        engine.images.remove(name, force=True)


def test_no_engine_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    with (
        pytest.raises(SandboxUnavailable, match=r"no Docker engine answers.*--sandbox local"),
        open_sandbox("docker", workers=1),
    ):
        pass


def test_a_sandbox_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="known: auto, docker, local"):
        open_sandbox("dokcer", workers=1)


def test_where_nothing_works_both_reasons_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    with pytest.raises(
        SandboxUnavailable, match=r"local: .*this is darwin.*docker: no Docker engine answers"
    ):
        open_sandbox("auto", workers=1)
