"""Environments are really built, once, whoever asks and whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.building import ready
from codeupdate.sandbox.environments import Environment
from codeupdate.sandbox.interpreters import find_interpreter, running_interpreter
from tests.sandbox.wheels import make_wheel

BUILD = """
import sys
from codeupdate.sandbox.building import ready
from codeupdate.sandbox.environments import Environment
done = ready(Environment("tiny", steps=(("tinylib==1.0",),)), lambda said: print(said, flush=True))
print("READY", done.search_path[0], flush=True)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an index that has tinylib 1.0 and 2.0."""
    for version in ("1.0", "2.0"):
        make_wheel(tmp_path / "wheels", "tinylib", version, f"version = '{version}'\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def version_of(search_path: tuple[Path, ...], interpreter: Path) -> str:
    code = (
        f"import sys; sys.path += {[str(path) for path in search_path]};"
        "import tinylib; print(tinylib.version)"
    )
    command = [str(interpreter), "-I", "-S", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "environments").iterdir() if path.is_dir())


def test_nothing_to_install_is_ready_at_once(cache: Path) -> None:
    plain = ready(Environment("plain", paths=(cache,)))
    assert plain.interpreter == running_interpreter().executable
    assert plain.search_path == (cache,)
    assert not cache.exists()


def test_a_later_step_overrides_and_the_second_time_nothing_is_built(cache: Path) -> None:
    environment = Environment("tiny", steps=(("tinylib==1.0",), ("tinylib==2.0",)))
    said: list[str] = []
    before = os.umask(0o077)
    try:
        first = ready(environment, said.append)
    finally:
        os.umask(before)
    assert "step 2 of 2 of 'tiny': tinylib==2.0" in said
    assert version_of(first.search_path, first.interpreter) == "2.0"
    module = first.search_path[0] / "tinylib.py"
    assert module.stat().st_mode & 0o004, "the user that programs run as cannot read it"
    said.clear()
    assert ready(environment, said.append) == first
    assert said == []
    assert len(folders(cache)) == 1


def test_what_cannot_be_installed_is_one_sentence_and_leaves_nothing(cache: Path) -> None:
    environment = Environment("tiny", steps=(("tinylib==1.0",), ("tinylib==9.0",)))
    with pytest.raises(
        SandboxUnavailable,
        match=r"step 2 of 2 of 'tiny' cannot be installed: No matching distribution found for "
        r"tinylib==9\.0; the whole output is in '.*\.log'",
    ):
        ready(environment)
    assert folders(cache) == []


def test_two_processes_build_it_once(cache: Path) -> None:
    command = [sys.executable, "-c", BUILD]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [builder.communicate()[0].splitlines() for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert said[0][-1].startswith("READY ")
    assert sum(line.startswith("building ") for lines in said for line in lines) == 1
    assert len(folders(cache)) == 1


@pytest.fixture
def killed(cache: Path) -> Iterator[None]:
    """A build that was killed after it had made the virtual environment."""
    command = [sys.executable, "-c", BUILD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        for line in builder.stdout:
            if line.startswith("step 1"):
                break
        builder.send_signal(signal.SIGKILL)
    yield


@pytest.mark.usefixtures("killed")
def test_what_a_killed_build_leaves_is_not_taken_for_an_environment(cache: Path) -> None:
    assert [name.endswith(".building") for name in folders(cache)] == [True]
    said: list[str] = []
    again = ready(Environment("tiny", steps=(("tinylib==1.0",),)), said.append)
    assert any(line.startswith("building ") for line in said)
    assert version_of(again.search_path, again.interpreter) == "1.0"
    assert [name.endswith(".building") for name in folders(cache)] == [False]


def test_a_cache_that_cannot_be_written_is_one_sentence(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(SandboxUnavailable, match=r"'tiny' cannot be built.*CODEUPDATE_CACHE"):
        ready(Environment("tiny", steps=(("tinylib==1.0",),)))


def test_a_python_that_is_not_installed_is_named_with_the_command() -> None:
    with pytest.raises(SandboxUnavailable, match=r"Python 3\.99 .*uv python install 3\.99"):
        ready(Environment("future", python="3.99"))


def test_what_only_looks_like_a_python_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "bin" / "python3.98"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho no such version\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable, match=r"Python 3\.98"):
        find_interpreter("3.98")


def test_another_python_is_found_and_builds_an_environment_of_its_own() -> None:
    for minor in (13, 12, 10, 9, 8, 7):
        try:
            found = find_interpreter(f"3.{minor}")
        except SandboxUnavailable:
            continue
        if minor != sys.version_info[1]:
            break
    else:
        pytest.skip("no second Python is installed")
    other = ready(Environment("tiny", python=f"3.{minor}", steps=(("tinylib==1.0",),)))
    assert other.interpreter == found.executable
    assert f"python3.{minor}" in str(other.search_path[0])
    assert version_of(other.search_path, other.interpreter) == "1.0"
