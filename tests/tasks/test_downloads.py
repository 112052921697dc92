"""Data from the hub: pinned, compared, kept, and one sentence where there is no network."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import DataError, UsageError
from codeupdate.tasks import load_task
from codeupdate.tasks.downloads import checksum, download, download_command, downloaded
from codeupdate.tasks.schema import HubSource
from tests.cli.commands import ROOT, run, run_json
from tests.shared import shared_data
from tests.tasks.hub_server import local_hub

REVISION = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
ONE = HubSource(repository="some/where", file="data/rows.jsonl")
SEVERAL = HubSource(repository="some/where", file="**/*.jsonl")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], list[str]]:
    """Sets what the hub has (path → text) and gives the list of what is asked of it."""
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    folder, asked = tmp_path / "snapshot", list[str]()

    def file_of(repository: str, file: str, **where: Any) -> str:
        asked.append(where["revision"])
        return str(folder / file)

    def folder_of(repository: str, **where: Any) -> str:
        asked.append(where["revision"])
        return str(folder)

    def fill(files: dict[str, str]) -> list[str]:
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return asked

    monkeypatch.setattr("huggingface_hub.hf_hub_download", file_of)
    monkeypatch.setattr("huggingface_hub.snapshot_download", folder_of)
    return fill


def test_what_was_fetched_once_needs_no_network(hub: Any) -> None:
    asked = hub({ONE.file: "{}\n"})
    path, origin = download("t", ONE, REVISION)
    assert path.read_text() == "{}\n"
    assert (origin.revision, origin.sha256) == (REVISION, checksum(path))
    assert download("t", ONE, REVISION) == (path, origin)
    assert downloaded("t", ONE) == path
    assert asked == [REVISION]
    assert downloaded("other", ONE) is None
    assert downloaded("t", SEVERAL) is None


def test_several_files_are_a_folder(hub: Any) -> None:
    hub({"a/x.jsonl": "1\n", "b/y.jsonl": "2\n", "README.md": "no"})
    path, origin = download("t", SEVERAL, REVISION)
    found = sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())
    assert found == ["a/x.jsonl", "b/y.jsonl"]
    sums = subprocess.run(
        "sha256sum a/x.jsonl b/y.jsonl | sha256sum", shell=True, cwd=path, capture_output=True
    )
    assert sums.stdout.decode().split()[0] == origin.sha256
    with pytest.raises(DataError, match=r"has no '\*\*/\*.csv'"):
        download("u", HubSource(repository="some/where", file="**/*.csv"), REVISION)


def test_a_pinned_revision_is_what_is_fetched_and_what_counts(hub: Any) -> None:
    asked = hub({ONE.file: "{}\n"})
    pinned = ONE.model_copy(update={"revision": REVISION})
    download("t", pinned)
    assert asked == [REVISION]
    assert downloaded("t", ONE.model_copy(update={"revision": OTHER})) is None
    with pytest.raises(UsageError, match=r"pins no revision.*--revision"):
        download("t", ONE)
    with pytest.raises(UsageError, match="'main' is not a commit"):
        download("t", ONE, "main")


def test_another_checksum_than_the_pinned_one_is_refused_and_nothing_is_kept(
    hub: Any, tmp_path: Path
) -> None:
    hub({ONE.file: "changed\n"})
    pinned = ONE.model_copy(update={"revision": REVISION, "sha256": "0" * 64})
    with pytest.raises(DataError, match=r"is not what the task 't' was made for: its SHA-256 is"):
        download("t", pinned)
    assert list((tmp_path / "cache" / "data").iterdir()) == []


def test_data_that_were_changed_afterwards_are_noticed(hub: Any) -> None:
    hub({ONE.file: "{}\n"})
    path, _ = download("t", ONE, REVISION)
    path.write_text("{ }\n")
    with pytest.raises(DataError, match=r"were changed; remove that folder and run: "):
        downloaded("t", ONE)


def test_a_task_finds_its_downloaded_data(hub: Any) -> None:
    row = {
        "full_name": "1_x",
        "before": "x = 1\n",
        "after": "def f(): ...\n",
        "tests": "f()\n",
        "instruction_descriptive": "a",
        "instruction_lazy": "b",
    }
    source = load_task("canitedit").spec.data.hub
    assert source is not None
    pyarrow = pytest.importorskip("pyarrow")
    hub({source.file: ""})
    path, _ = download("canitedit", source, REVISION)
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist([row]), path)
    (path.parents[2] / "origin.json").write_text(
        json.dumps(
            {**source.model_dump(include={"repository", "file"}), "revision": REVISION, "sha256": checksum(path)}
        )
    )  # fmt: skip
    assert [p.id for p in load_task("canitedit").problems()] == ["1_x"]
    listed = {one["name"]: one for one in run_json("tasks", "list")["tasks"]}["canitedit"]
    assert (listed["problems"], listed["origin"], listed["data"]) == (1, "downloaded", None)


def test_what_is_recommended_names_a_commit_where_none_is_pinned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path))
    listed = {one["name"]: one for one in run_json("tasks", "list")["tasks"]}["canitedit"]
    assert listed["download"] == "codeupdate tasks download canitedit --revision COMMIT"
    assert run_json("tasks", "show", "canitedit")["download"] == listed["download"]
    assert download_command("t", ONE.model_copy(update={"revision": REVISION})) == (
        "codeupdate tasks download t"
    )


def test_the_command_says_where_and_what(hub: Any) -> None:
    hub({"arena-ungrouped.jsonl": "{}\n"})
    said = run_json("tasks", "download", "codeupdatearena", "--revision", REVISION)
    assert said["repository"] == "leo-liuzy/CodeUpdateArena"
    assert Path(said["path"]).read_text() == "{}\n"
    text = run("tasks", "download", "codeupdatearena", "--revision", REVISION).stdout
    assert said["sha256"] in text and REVISION in text
    refused = run("tasks", "download", "kit-update")
    assert refused.exit_code == 2
    assert "are not on the hub" in refused.stderr


# ------------------------------------------------ the real library and a hub on this machine


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``codeupdate`` with a cache of its own; ``address`` is that of the hub."""

    def tell(address: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "codeupdate", *map(str, arguments)],
            env={
                **os.environ,
                "HF_ENDPOINT": address,
                "HF_HOME": str(tmp_path / "hf"),
                "CODEUPDATE_CACHE": str(tmp_path / "cache"),
            },
            capture_output=True,
            text=True,
            timeout=120,
            cwd=ROOT,
        )

    return tell


ARENA = ("leo-liuzy/CodeUpdateArena", "arena-ungrouped.jsonl")


def test_a_file_is_fetched_kept_and_needs_no_hub_afterwards(told: Any, tmp_path: Path) -> None:
    content = shared_data("codeupdatearena/arena.jsonl").read_bytes()
    with local_hub(ARENA[0], {REVISION: {ARENA[1]: content, "README.md": b"no"}}) as hub:
        done = told(hub.address, "tasks", "download", "codeupdatearena", "--revision", REVISION)
        assert done.returncode == 0, done.stderr
        fetched = [one for one in hub.asked if one.startswith("GET /datasets/")]
        assert fetched == [f"GET /datasets/{ARENA[0]}/resolve/{REVISION}/{ARENA[1]}"]
    folder = tmp_path / "cache" / "data" / "codeupdatearena"
    origin = json.loads((folder / "origin.json").read_text())
    digest = hashlib.sha256(content).hexdigest()
    assert (origin["revision"], origin["sha256"]) == (REVISION, digest)
    assert digest in done.stdout and REVISION in done.stdout

    shown = told(hub.address, "tasks", "show", "codeupdatearena", "--json")  # nobody serves now
    assert json.loads(shown.stdout)["problems"] == 391
    again = told(hub.address, "tasks", "download", "codeupdatearena", "--revision", REVISION)
    assert again.stdout == done.stdout

    with (folder / "files" / ARENA[1]).open("ab") as file:
        file.write(b"\n")
    for command in (["tasks", "validate"], ["eval", "--dry-run", "--model", "reference", "--task"]):
        refused = told(hub.address, *command, "codeupdatearena")
        assert refused.returncode == 2 and "Traceback" not in refused.stderr
        assert "were changed; remove that folder and run" in " ".join(refused.stderr.split())


def test_a_pattern_is_a_folder_of_files(told: Any, tmp_path: Path) -> None:
    files = {"data/b.parquet": b"b", "data/a.parquet": b"a", "data/README.md": b"no"}
    with local_hub("tianyang/repobench_python_v1.1", {REVISION: files}) as hub:
        done = told(
            hub.address, "tasks", "download", "repobench-edit", "--revision", REVISION, "--json"
        )
    said = json.loads(done.stdout)
    found = sorted(file for file in Path(said["path"]).rglob("*") if file.is_file())
    assert [file.read_bytes() for file in found] == [b"a", b"b"]
    assert said["sha256"] == checksum(Path(said["path"]))


@pytest.mark.parametrize(
    ("revision", "repository", "files", "said"),
    [
        (OTHER, ARENA[0], {ARENA[1]: b""}, f"has no commit {OTHER}; see https://"),
        (REVISION, ARENA[0], {"x": b""}, f"has no '{ARENA[1]}' at {REVISION}; see https://"),
        (REVISION, "some/where", {}, f"there is no data set '{ARENA[0]}' on the hub"),
    ],
    ids=["revision", "file", "data set"],
)
def test_what_the_hub_does_not_have(
    told: Any, revision: str, repository: str, files: dict[str, bytes], said: str
) -> None:
    with local_hub(repository, {REVISION: files}) as hub:
        done = told(hub.address, "tasks", "download", "codeupdatearena", "--revision", revision)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert said in " ".join(done.stderr.split())


def test_what_task_yaml_pins_is_compared(told: Any, tmp_path: Path) -> None:
    folder = tmp_path / "own" / "tasks" / "mine"
    folder.mkdir(parents=True)
    (folder / "prompt.jinja").write_text("x")
    row = b'{"id": "a"}\n'
    pinned = f"""name: mine
summary: Mine.
data:
  hub:
    repository: some/where
    file: rows.jsonl
    revision: {REVISION}
    sha256: {hashlib.sha256(row).hexdigest()}
"""
    (folder / "task.yaml").write_text(pinned)
    command = ["tasks", "download", "mine", "--include", tmp_path / "own"]
    with local_hub("some/where", {REVISION: {"rows.jsonl": row + b"#"}}) as hub:
        refused = told(hub.address, *command)
    assert refused.returncode == 2
    assert "is not what the task 'mine' was made for" in " ".join(refused.stderr.split())
    assert not list((tmp_path / "cache" / "data").iterdir())
    shutil.rmtree(tmp_path / "hf")
    with local_hub("some/where", {REVISION: {"rows.jsonl": row}}) as hub:
        done = told(hub.address, *command)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("task", ["canitedit", "repobench-edit"])
def test_without_a_network_it_is_one_sentence(task: str, tmp_path: Path) -> None:
    """The real library, told that there is none."""
    done = subprocess.run(
        [sys.executable, "-m", "codeupdate", "tasks", "download", task, "--revision", REVISION],
        env={
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(tmp_path / "hf"),
            "CODEUPDATE_CACHE": str(tmp_path / "cache"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    said = " ".join(done.stderr.split())
    assert "cannot be fetched" in said and "name the copy with --data PATH" in said
    assert said.count(". ") <= 1
