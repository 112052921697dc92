"""What an environment needs of the system is checked, and brought along."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox.building import build_all, ready
from codeupdate.sandbox.disk import disk_use
from codeupdate.sandbox.environments import Environment
from codeupdate.sandbox.shared_libraries import RUNTIME, find_library
from codeupdate.sandbox.store import folder_of
from codeupdate.types import SystemNeed

LIBRARY = "libz.so.1"  # the interpreter itself needs it


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_is_missing_is_one_sentence_with_the_command(cache: Path) -> None:
    environment = Environment(
        "needy",
        system=(
            SystemNeed("libnone1", library="libnone.so.1"),
            SystemNeed("none-tools", command="no-such-command"),
            SystemNeed("libnone-dev", path="/no/such/header.h", building=True),
            SystemNeed("libc6", library="libc.so.6"),
        ),
    )
    with pytest.raises(
        SandboxUnavailable,
        match=r"^the environment 'needy' needs libnone\.so\.1, no-such-command and "
        r"/no/such/header\.h, which are not on this system; "
        r"run: apt-get install libnone-dev libnone1 none-tools$",
    ):
        ready(environment)
    assert not [path for path in (cache / "environments").iterdir() if path.is_dir()]


def test_what_is_needed_for_building_only_stays_outside() -> None:
    done = ready(Environment("builder", system=(SystemNeed("x", path="/bin/sh", building=True),)))
    assert done.system is None


@pytest.mark.skipif(find_library(LIBRARY) is None, reason=f"{LIBRARY} is not installed")
def test_a_library_comes_with_what_it_needs_but_not_with_the_c_runtime() -> None:
    done = ready(Environment("lib", system=(SystemNeed("zlib1g", library=LIBRARY),)))
    (folder,) = done.libraries
    names = {path.name for path in folder.iterdir()}
    assert {LIBRARY, "libz.so"} <= names
    assert not names & set(RUNTIME)
    assert not any(name.startswith("ld-") for name in names)
    assert (folder / LIBRARY).stat().st_mode & 0o004


def test_a_command_runs_where_the_system_has_none_of_its_libraries(tmp_path: Path) -> None:
    done = ready(Environment("tool", system=(SystemNeed("coreutils", command="cat"),)))
    (folder,) = done.commands
    moved = tmp_path / "elsewhere"
    folder.rename(moved)  # it is mounted at another place in a sandbox
    (tmp_path / "text").write_text("meow\n")
    said = subprocess.run(
        ["cat", tmp_path / "text"], env={"PATH": str(moved)}, capture_output=True, text=True
    )
    assert (said.stdout, said.stderr) == ("meow\n", "")
    libraries = {path.name for path in (moved / ".cat").iterdir()}
    assert any(name.startswith("libc.so") for name in libraries)
    assert any(name.startswith("ld-") for name in libraries)


def test_paths_and_files_are_where_the_declaration_says(tmp_path: Path) -> None:
    data = tmp_path / "share" / "data"
    (data / "below").mkdir(parents=True)
    (data / "below" / "words.txt").write_text("a b c")
    environment = Environment(
        "data",
        system=(SystemNeed("words", path=str(data), to="corpora/words"),),
        files={"corpora/words/names": "d"},
        variables={"WORDS": "{system}/corpora", "OTHER": "{kept}"},
    )
    before = os.umask(0o077)
    try:
        done = ready(environment)
    finally:
        os.umask(before)
    assert done.system is not None
    assert (done.system / "corpora/words/below/words.txt").read_text() == "a b c"
    assert (done.system / "corpora/words/names").read_text() == "d"
    for path in (done.system.parent, done.system, *done.system.rglob("*")):
        readable = 0o005 if path.is_dir() else 0o004
        assert path.stat().st_mode & readable == readable, path
    assert done.variables("/inside") == {"WORDS": "/inside/corpora", "OTHER": "{kept}"}


def test_environments_share_the_space_of_what_they_bring_along(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(1_000_000))
    need = SystemNeed("big", path=str(tmp_path / "big"), to="big")
    one, two = (Environment(name, system=(need,), files={"a": name}) for name in ("one", "two"))
    build_all([one, two], 1)
    assert disk_use([folder_of(one), folder_of(two)]) < 1_200_000
