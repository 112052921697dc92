"""The image that ``sandbox/Dockerfile`` makes, built and run with the commands in its head."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeupdate import plugins
from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import load_environment
from codeupdate.sandbox.base_image import make_base_image
from codeupdate.sandbox.building import ready
from codeupdate.sandbox.docker import CAPABILITIES, connect, require_image
from codeupdate.sandbox.environments import Environment, ReadyEnvironment
from codeupdate.sandbox.pool import hello, read_answer
from codeupdate.sandbox.surroundings import command, environment_variables
from codeupdate.sandbox.system_needs import COMMANDS, LIBRARIES
from codeupdate.sandbox.wire import decode_verdict, encode_program
from codeupdate.types import Outcome, Program, UnitTest
from tests.sandbox.wheels import make_wheel

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
DOCKERFILE = plugins.folder("sandbox") / "Dockerfile"
ENVIRONMENT = """
summary: One package.
steps: [[tinylib==1.0]]
preload: [tinylib]
variables: {GREETING: hello}
"""
SOURCE = """
import sys
assert "tinylib" in sys.modules, "it is not preloaded"
import tinylib
def version(): return tinylib.version
"""


def documented() -> tuple[str, str]:
    """The two blocks of shell commands in the head of the file: to build, and to run."""
    head = DOCKERFILE.read_text().partition("\nARG ")[0]
    build, run = re.findall(r"(?:^#     .*\n)+", head, re.MULTILINE)
    return build.replace("#     ", ""), run.replace("#     ", "")


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """For the commands: an index and an environment of our own, an empty cache."""
    folder = tmp_path_factory.mktemp("dockerfile")
    make_wheel(folder / "wheels", "tinylib", "1.0", "version = '1.0'\n")
    environments = folder / "root" / "sandbox" / "environments"
    environments.mkdir(parents=True)
    (environments / "baked.yaml").write_text(ENVIRONMENT)
    return {
        "NAME": "baked",
        "IMAGE": f"codeupdate-test-baked:{uuid.uuid4().hex[:8]}",
        "PYTHON": PYTHON,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CODEUPDATE_PATH": str(folder / "root"),
        "CODEUPDATE_CACHE": str(folder / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "wheels"),
    }


@pytest.fixture(scope="module")
def image(variables: dict[str, str]) -> Iterator[str]:
    if not shutil.which("docker"):
        pytest.skip("the command 'docker' is not installed")
    try:
        client = connect()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    try:
        require_image(client, PYTHON)
    except SandboxUnavailable:
        make_base_image(PYTHON)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", documented()[0]],
        cwd=DOCKERFILE.parents[1],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    yield variables["IMAGE"]
    client.images.remove(variables["IMAGE"], force=True)
    client.close()


@pytest.mark.docker
def test_a_program_is_judged_in_it(
    image: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    baked = ready(load_environment("baked"))
    first = hello(
        baked,
        users=(20_000, 20_001),
        search_path=[f"/environment/lib/python{PYTHON}/site-packages"],
        work="/tmp/work",
        scratch=["/tmp", "/dev/shm"],
    )
    tests = (
        UnitTest("right", "import os\nassert version() == '1.0' and os.getuid() == 20_000"),
        UnitTest("variable", "import os\nassert os.environ['GREETING'] == 'hello'"),
        UnitTest("read-only", "open('/environment/x', 'w')"),
    )
    with subprocess.Popen(
        ["bash", "-c", f"exec {documented()[1]}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdin is not None and worker.stdout is not None
        stdout = worker.stdout.fileno()

        def read(count: int, deadline: float) -> bytes:
            data = b""
            while len(data) < count:
                assert select.select([stdout], [], [], deadline - time.monotonic())[0], "silence"
                part = os.read(stdout, count - len(data))
                assert part, "the worker ended"
                data += part
            return data

        worker.stdin.write(first + encode_program(Program("p", "baked", SOURCE, tests)))
        worker.stdin.flush()
        answer, _ = read_answer(read, 60)
        assert "ready" in answer
        verdict = decode_verdict(*read_answer(read, 60))
        worker.stdin.close()
        assert worker.wait(30) == 0
    outcomes = [test.outcome for test in verdict.tests]
    assert outcomes == [Outcome.PASSED, Outcome.PASSED, Outcome.ERROR], verdict.tests
    assert "/environment/x" in verdict.tests[2].message


@pytest.mark.docker
def test_it_is_started_as_the_sandbox_starts_a_worker(image: str) -> None:
    (found,) = json.loads(
        subprocess.run(["docker", "inspect", image], capture_output=True, check=True).stdout
    )
    assert found["Config"]["Entrypoint"] == command("python3")
    said = dict(variable.split("=", 1) for variable in found["Config"]["Env"])
    system = Path("/system")
    with_system = ReadyEnvironment(
        Environment("baked"),
        Path("python3"),
        Path("/usr"),
        system=system,
        libraries=(system / LIBRARIES,),
        commands=(system / COMMANDS,),
    )
    assert environment_variables(with_system).items() <= said.items()


def test_the_documented_options_are_those_of_the_sandbox() -> None:
    said = set(re.findall(r"--cap-add (\w+)", documented()[1]))
    assert said == set(CAPABILITIES)
