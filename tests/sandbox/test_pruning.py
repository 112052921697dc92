"""Pruning removes what nobody refers to, and with it what only that needed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from codeupdate.sandbox.building import build_all
from codeupdate.sandbox.disk import disk_use
from codeupdate.sandbox.pruning import Pruning, prune
from codeupdate.sandbox.store import MARKER, folder_of, is_built
from codeupdate.types import Environment
from tests.sandbox.wheels import make_wheel


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an index that has two libraries of half a megabyte."""
    for name in ("alib", "blib"):
        source = f"data = '''{os.urandom(250_000).hex()}'''\n"
        make_wheel(tmp_path / "wheels", name, "1.0", source)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def built(name: str, *requirements: str) -> Environment:
    environment = Environment(name, steps=(requirements,))
    assert build_all([environment], 1)[0].failure == ""
    return environment


def pruned(known: Sequence[Environment], **options: Any) -> Pruning:
    return prune(known, ["task"], **options)


def packages(cache: Path) -> set[str]:
    """The libraries in uv's cache."""
    return {path.stem for path in cache.glob("uv/archive-v*/*/?lib.py")}


def test_what_is_not_known_goes_with_the_packages_that_only_it_had(cache: Path) -> None:
    kept, gone = built("kept", "alib==1.0"), built("gone", "alib==1.0", "blib==1.0")
    before = disk_use([cache])
    would = pruned([kept], dry_run=True)
    assert is_built(gone)
    assert disk_use([cache]) == before
    found = pruned([kept])
    assert found == would
    assert [one.folder for one in found.removed] == [folder_of(gone)]
    assert is_built(kept)
    assert not folder_of(gone).exists()
    assert packages(cache) == {"alib"}
    assert found.freed > 500_000
    assert abs(before - disk_use([cache]) - found.freed) < 50_000  # folders, locks and logs
    assert pruned([kept]) == Pruning((), 0)


def test_what_was_pruned_can_be_built_again(cache: Path) -> None:
    gone = built("gone", "alib==1.0")
    pruned([])
    assert packages(cache) == set()
    assert is_built(built("gone", "alib==1.0"))
    assert (folder_of(gone) / "lib").exists()


def test_an_interrupted_build_is_removed(cache: Path) -> None:
    environment = built("ruin", "alib==1.0")
    (folder_of(environment) / MARKER).unlink()
    (found,) = pruned([environment]).removed
    assert found.why == "its building was interrupted"
    assert list((cache / "environments").glob("ruin*")) == []


def test_what_a_task_derived_is_judged_by_that_task_alone() -> None:
    mine, stray = built("task/mine", "alib==1.0"), built("other/stray", "alib==1.0")
    assert [one.folder for one in pruned([]).removed] == [folder_of(stray)]
    newer = Environment("task/newer", steps=(("blib==1.0",),))
    assert [one.folder for one in pruned([newer]).removed] == [folder_of(mine)]


def test_what_was_not_used_for_long_goes_when_that_is_asked_for() -> None:
    old, fresh = built("old", "alib==1.0"), built("fresh", "blib==1.0")
    days_ago = time.time() - 10 * 24 * 3600
    os.utime(folder_of(old) / MARKER, (days_ago, days_ago))
    assert pruned([old, fresh]).removed == ()
    assert pruned([old, fresh], older_than=11).removed == ()
    (found,) = pruned([old, fresh], older_than=9).removed
    assert found.folder == folder_of(old)
    assert found.why == "it was not used for 10 days"


def test_everything(cache: Path) -> None:
    pruned([built("one", "alib==1.0"), built("two", "blib==1.0")], everything=True)
    assert [path.name for path in cache.iterdir()] == ["environments"]
    assert [path.name for path in (cache / "environments").iterdir()] == [".lock"]
