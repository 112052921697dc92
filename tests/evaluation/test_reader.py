"""A run is read as it lies there: finished, killed, while it is written, on any medium."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codeupdate.errors import StoreError
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.records import Item, SampleRow
from codeupdate.evaluation.results import read_result
from codeupdate.evaluation.store import Store
from tests.cli.commands import run
from tests.report.runs import write_run


def sample(index: int, text: str = "text") -> SampleRow:
    item = Item("none", "efficacy", "t", "p", index)
    return SampleRow(item, "prompt", text, f"x = {index}", "code", "stop", 3, 4)


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Makes that nothing can be written in a folder, also by root; gives its new place."""
    mounted: list[Path] = []

    def seal(folder: Path) -> Path:
        if os.geteuid() != 0:
            folder.chmod(0o555)
            return folder
        place = tmp_path / f"sealed-{folder.name}"
        place.mkdir()
        for words in (
            ["mount", "--bind", str(folder), str(place)],
            ["mount", "-o", "remount,ro,bind", str(place)],
        ):
            if subprocess.run(words, capture_output=True).returncode:
                pytest.skip("nothing can be mounted here")
            mounted.append(place)
        return place

    yield seal
    for place in dict.fromkeys(mounted):
        subprocess.run(["umount", str(place)], check=True)
    for folder in tmp_path.iterdir():
        folder.chmod(0o755)


def test_a_run_on_a_read_only_medium_is_read(
    tmp_path: Path, sealed: Callable[[Path], Path]
) -> None:
    folder = write_run(tmp_path / "a run? 100%")
    found = read_result(folder).results
    place = sealed(folder)
    before = sorted(path.name for path in place.iterdir())
    assert read_result(place).results == found
    assert run("report", place).exit_code == 0
    assert sorted(path.name for path in place.iterdir()) == before
    with pytest.raises(StoreError, match=r"cannot be written: .*; continue a copy of it"):
        Store.open(place)


def test_the_log_of_a_killed_run_is_never_passed_over(
    tmp_path: Path, sealed: Callable[[Path], Path]
) -> None:
    (tmp_path / "killed").mkdir()
    with Store.create(tmp_path / "run", {}) as store:
        store.add_samples([sample(0)])
        for name in ("config.json", "run.sqlite", "run.sqlite-wal"):
            shutil.copy(tmp_path / "run" / name, tmp_path / "killed" / name)
    place = sealed(tmp_path / "killed")
    with pytest.raises(StoreError, match=r"could not be read: .*copy the folder to where"):
        Reader.open(place)
    shutil.copytree(place, tmp_path / "copy")
    (tmp_path / "copy").chmod(0o755)
    with Reader.open(tmp_path / "copy") as reader:
        assert reader.sampled("none") == {sample(0).item}


def test_what_is_read_while_it_is_written_is_what_was_committed(tmp_path: Path) -> None:
    with Store.create(tmp_path, {}) as store, Reader.open(tmp_path) as reader:
        store.add_samples([sample(0)])
        assert reader.sampled("none") == {sample(0).item}
        with store.together():
            store.add_samples([sample(1)])
            assert reader.sampled("none") == {sample(0).item}
        assert reader.sampled("none") == {sample(0).item, sample(1).item}


def test_who_reads_leaves_a_finished_run_as_it_was(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read_result(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_run_that_has_not_begun_is_said_and_not_begun_by_reading(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    (folder / "run.sqlite").unlink()
    before = sorted(folder.iterdir())
    result = run("report", folder)
    assert result.exit_code == 2
    assert "has not begun" in result.stderr and "--resume" in result.stderr
    (folder / "run.sqlite").touch()
    assert "has not begun" in run("report", folder).stderr
    (folder / "run.sqlite").unlink()
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("command", ["report", "export --to rows.jsonl", "compare"])
def test_a_damaged_file_is_one_sentence(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole, folder = write_run(tmp_path / "whole"), write_run(tmp_path / "run")
    content = bytearray((folder / "run.sqlite").read_bytes())
    content[4096 * 8 :] = b"\xa5" * (len(content) - 4096 * 8)  # its tables begin before
    (folder / "run.sqlite").write_bytes(content)
    name, *options = command.split()
    result = run(name, folder, *([whole] if name == "compare" else options))
    assert result.exit_code == 2, result.stderr
    assert result.stderr.startswith(f"error: the store in '{folder}' could not be read: ")
    assert "it is damaged: restore it from a copy, or start a new run" in result.stderr
    assert result.stderr.count("\n") == 1


def test_damaged_rows_are_one_sentence(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    with Store.open(folder) as store:
        store._connection.execute("UPDATE verdicts SET outcome = 'pased', calls = '{'")
    assert "it is damaged" in run("report", folder).stderr
    with Reader.open(folder) as reader:
        with pytest.raises(StoreError, match="it is damaged"):
            list(reader.rows())
        item = next(iter(reader.sampled(reader.planned()[0].stage)))
        with pytest.raises(StoreError, match="it is damaged"):
            reader.verdicts(item)
