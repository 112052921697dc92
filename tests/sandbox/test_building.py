"""Environments are really built, once, whoever asks and whoever is killed."""

from __future__ import annotations

import ensurepip
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.building import BuildEvent, build_all, ready
from codeupdate.sandbox.disk import disk_use
from codeupdate.sandbox.environments import Environment
from codeupdate.sandbox.interpreters import find_interpreter, running_interpreter
from codeupdate.sandbox.store import describe_built, folder_of, is_built
from tests.sandbox.wheels import make_source, make_wheel

BUILD = """
import sys
from codeupdate.sandbox.building import ready
from codeupdate.sandbox.environments import Environment
steps = (tuple(sys.argv[1:]),)
done = ready(Environment("tiny", steps=steps), lambda said: print(said, flush=True))
print("READY", done.search_path[0], flush=True)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an index that has tinylib 1.0 and 2.0."""
    for version in ("1.0", "2.0"):
        make_wheel(tmp_path / "wheels", "tinylib", version, f"version = '{version}'\n")
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tiny(name: str = "tiny", version: str = "1.0", **more: object) -> Environment:
    return Environment(name, steps=((f"tinylib=={version}",),), **more)  # type: ignore[arg-type]


def version_of(search_path: tuple[Path, ...], interpreter: Path) -> str:
    code = (
        f"import sys; sys.path += {[str(path) for path in search_path]};"
        "import tinylib; print(tinylib.version)"
    )
    command = [str(interpreter), "-I", "-S", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "environments").iterdir() if path.is_dir())


# ------------------------------------------------------------------------ one of them


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
    assert list(module.parent.glob("__pycache__/tinylib.*.pyc")), "it is not compiled"
    said.clear()
    assert ready(environment, said.append) == first
    assert said == []
    assert len(folders(cache)) == 1


@pytest.mark.skipif(
    not hasattr(ensurepip, "_SETUPTOOLS_VERSION"), reason="this Python brings no setuptools"
)
def test_setuptools_is_the_one_that_the_python_brings() -> None:
    ready(tiny())
    wanted = f"setuptools=={ensurepip._SETUPTOOLS_VERSION}"  # type: ignore[attr-defined]
    assert describe_built(tiny())["packages"] == [wanted, "tinylib==1.0"]


def test_what_a_wheel_is_built_with_are_the_build_variables(tmp_path: Path) -> None:
    make_source(tmp_path / "wheels", "grownlib", "1.0", variable="GROWN")
    environment = Environment(
        "grown",
        steps=(("grownlib==1.0",),),
        files={"seed.txt": "sown"},
        build_variables={"GROWN": "{system}/seed.txt"},
    )
    done = ready(environment)
    assert done.system is not None
    said = (done.search_path[0] / "grownlib.py").read_text()
    assert said == f"value = {str(done.system / 'seed.txt')!r}\n"


def test_the_key_changes_with_what_is_installed_and_with_nothing_else() -> None:
    same = [tiny(), tiny(preload=("tinylib",)), tiny(variables={"A": "1"})]
    other = [
        tiny(version="2.0"),
        tiny(before="2025-07-18"),
        tiny(build_variables={"A": "1"}),
        tiny(files={"a": "1"}),
    ]
    assert len({folder_of(one) for one in same}) == 1
    assert len({folder_of(one) for one in [*same, *other]}) == 1 + len(other)


def test_a_name_with_dots_and_slashes_is_no_trouble(cache: Path) -> None:
    for name in ("task/lib-1.10", "task/lib-1.1"):
        ready(tiny(name))
    assert [name.rpartition("-")[0] for name in folders(cache)] == ["task-lib-1.1", "task-lib-1.10"]


def test_what_cannot_be_installed_is_one_sentence_and_leaves_nothing(cache: Path) -> None:
    environment = Environment("tiny", steps=(("tinylib==1.0",), ("tinylib==9.0",)))
    with pytest.raises(SandboxUnavailable) as caught:
        ready(environment)
    said = str(caught.value)
    assert said.startswith("step 2 of 2 of 'tiny' cannot be installed: ")
    assert "there is no version of tinylib==9.0" in said
    log = Path(said.split("the whole output is in ")[1].strip("'"))
    assert "tinylib==9.0" in log.read_text()
    assert "\n" not in said
    assert folders(cache) == []


def test_a_failed_build_says_what_the_compiler_said(tmp_path: Path) -> None:
    make_source(tmp_path / "wheels", "grownlib", "1.0", variable="NEVER_SET")
    with pytest.raises(SandboxUnavailable, match=r"grownlib.*KeyError: 'NEVER_SET'; the whole"):
        ready(Environment("grown", steps=(("grownlib==1.0",),)))


def test_a_cache_that_cannot_be_written_is_one_sentence(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(SandboxUnavailable, match=r"'tiny' cannot be built.*CODEUPDATE_CACHE"):
        ready(tiny())


# ------------------------------------------------------------------- several processes


def test_two_processes_build_it_once(cache: Path) -> None:
    command = [sys.executable, "-c", BUILD, "tinylib==1.0"]
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [builder.communicate()[0].splitlines() for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert said[0][-1].startswith("READY ")
    assert sum(line.startswith("building ") for lines in said for line in lines) == 1
    assert len(folders(cache)) == 1


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[None]:
    """A build that was killed in the middle, while its uv still runs."""
    make_source(tmp_path / "wheels", "slowlib", "1.0", seconds=3)
    command = [sys.executable, "-c", BUILD, "tinylib==1.0", "slowlib==1.0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        for line in builder.stdout:
            if "Building slowlib" in line:
                break
        builder.send_signal(signal.SIGKILL)
    yield


@pytest.mark.usefixtures("killed")
def test_what_a_killed_build_leaves_is_not_taken_for_an_environment(cache: Path) -> None:
    environment = Environment("tiny", steps=(("tinylib==1.0", "slowlib==1.0"),))
    assert folders(cache) == [folder_of(environment).name]
    assert not is_built(environment)
    said: list[str] = []
    again = ready(environment, said.append)
    # Its uv went on without it, and was not disturbed.
    assert said[0].startswith("waiting for another process")
    assert any(line.startswith("building ") for line in said)
    assert version_of(again.search_path, again.interpreter) == "1.0"
    assert is_built(environment)


# ---------------------------------------------------------------------- several at once


def test_all_are_built_and_a_failure_is_one_of_the_results(tmp_path: Path) -> None:
    environments = [tiny("one"), tiny("none", "9.0"), tiny("two", before="2025-07-18")]
    events: list[BuildEvent] = []
    built = build_all(environments, 2, events.append)
    assert [one.environment.name for one in built] == ["one", "none", "two"]
    assert [bool(one.failure) for one in built] == [False, True, False]
    assert "tinylib==9.0" in built[1].failure
    assert all(one.seconds > 0 for one in built)
    assert sum(event.built is not None for event in events) == 3
    again = build_all(environments[:1], 2)
    assert again[0].seconds == 0
    assert again[0].size == built[0].size > 0


def test_packages_take_their_space_once(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "biglib", "1.0", f"data = '''{os.urandom(500_000).hex()}'''\n")
    steps = (("biglib==1.0",),)
    one, two = (Environment(name, steps=steps, before=day) for name, day in
                (("one", None), ("two", "2025-07-18")))  # fmt: skip
    first, second = build_all([one, two], 1)
    assert first.size > 1_000_000
    together = disk_use([folder_of(one), folder_of(two)])
    assert together < first.size + second.size - 1_000_000


def test_an_interrupted_build_ends_what_it_began(cache: Path, tmp_path: Path) -> None:
    make_source(tmp_path / "wheels", "slowlib", "1.0", seconds=60)
    slow = Environment("slow", steps=(("slowlib==1.0",),))

    def interrupt(event: BuildEvent) -> None:
        if event.environment == "quick" and event.built:
            threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build_all([slow, tiny("quick")], 2, interrupt)
    assert time.monotonic() - began < 30
    assert [name.partition("-")[0] for name in folders(cache)] == ["quick"]
    assert not is_built(slow)


# -------------------------------------------------------------------------- other Pythons


def test_a_python_that_is_not_installed_is_named_with_the_command() -> None:
    with pytest.raises(SandboxUnavailable, match=r"Python 3\.99 .*uv python install 3\.99"):
        ready(Environment("future", python="3.99"))


def test_what_only_looks_like_a_python_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "bin" / "python3.98"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho no such version\n")
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
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
    other = ready(tiny(python=f"3.{minor}"))
    assert other.interpreter == found.executable
    assert f"python3.{minor}" in str(other.search_path[0])
    assert version_of(other.search_path, other.interpreter) == "1.0"
