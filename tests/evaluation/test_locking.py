"""A run folder is written by one process at a time, and read by any number."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codeupdate.errors import StoreError
from codeupdate.evaluation import locking
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.records import Item
from codeupdate.evaluation.store import Store
from codeupdate.types import Outcome, Verdict

WRITER = """
import sys
from pathlib import Path
from codeupdate.evaluation.store import Store
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""
ITEM = Item("none", "efficacy", "t", "p", 0)


@contextmanager
def another(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes into ``folder``."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_and_leaves_the_run_as_it_is(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store:
        store.add_verdict(ITEM, "updated", Verdict("p", Outcome.INFRASTRUCTURE))
    with another(tmp_path) as process:
        says = f"another process is evaluating into the folder .*process {process.pid} on "
        for _ in range(2):
            with pytest.raises(StoreError, match=says):
                Store.open(tmp_path)
        with Reader.open(tmp_path) as reader:
            assert reader.verdicts(ITEM)["updated"].outcome is Outcome.INFRASTRUCTURE


def test_a_killed_process_keeps_nobody_away(tmp_path: Path) -> None:
    Store.create(tmp_path, {}).close()
    with another(tmp_path) as process:
        process.kill()
        process.wait()
        with Store.open(tmp_path) as store:
            assert store.forget_infrastructure() == 0


def test_who_is_done_or_fails_keeps_nobody_away(tmp_path: Path) -> None:
    Store.create(tmp_path, {}).close()
    store = Store.open(tmp_path)
    with pytest.raises(StoreError, match="another process is evaluating"):
        Store.open(tmp_path)
    store.close()
    (tmp_path / "run.sqlite").write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(StoreError, match="it is damaged"):
            Store.open(tmp_path)


def test_a_folder_that_was_only_locked_is_as_good_as_empty(tmp_path: Path) -> None:
    locking.FolderLock(tmp_path).release()
    Store.create(tmp_path, {}).close()


@pytest.mark.parametrize("why", ["no such module", "no such file system"])
def test_where_files_cannot_be_locked_runs_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    def refuse(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    if why == "no such module":
        monkeypatch.setattr(locking, "fcntl", None)
    else:
        monkeypatch.setattr("fcntl.flock", refuse)
    with Store.create(tmp_path, {}):
        Store.open(tmp_path).close()
