"""An evaluation from end to end, with the real model, editors and sandbox."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import codeupdate as cu
from codeupdate.errors import DataError, StoreError, UsageError
from codeupdate.evaluation.config import run_config
from codeupdate.evaluation.prepare import prepare
from codeupdate.evaluation.results import read_result
from codeupdate.report import sample_rows
from codeupdate.sandbox import open_sandbox
from tests.shared import sandbox_or_skip

pytest.importorskip("torch", reason="needs the extra 'transformers'")
pytest.importorskip("peft", reason="needs the extra 'training'")

EVAL = [sys.executable, "-m", "codeupdate", "eval", "--sandbox", "local"]
#: Two updates, two samples, an arm of each sort: a prompt, an adapter, nothing.
SMALL = ["--editor", "none,docs,lora", "--limit-updates", "2", "-n", "2", "--temperature", "0.8",
         "--set", "max_steps=4"]  # fmt: skip


@pytest.fixture(autouse=True)
def _local_sandbox() -> None:
    sandbox_or_skip("local")


def evaluate(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EVAL, *options], capture_output=True, text=True, timeout=300)


def content(run: Path) -> list[Any]:
    """Everything of a run that must not depend on how it came about."""
    fields = (
        "task",
        "arm",
        "role",
        "problem",
        "sample",
        "stage",
        "completion",
        "outcomes",
        "calls",
    )
    return [[row[field] for field in fields] for row in sample_rows(run)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("whole") / "run"
    done = evaluate(*SMALL, "--output", str(run))
    assert done.returncode == 0, done.stderr
    return run


def test_the_same_command_gives_the_same_samples_and_metrics(whole: Path, tmp_path: Path) -> None:
    done = evaluate(*SMALL, "--output", str(tmp_path / "again"), "--json")
    assert done.returncode == 0, done.stderr
    assert content(tmp_path / "again") == content(whole)
    again = json.loads(done.stdout)
    assert again["run"] == str(tmp_path / "again")
    first = json.loads(json.dumps(read_result(whole).to_json()))
    for one, other in zip(again["results"], first["results"], strict=True):
        assert one["metrics"] == other["metrics"]
        assert one["outcomes"] == other["outcomes"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_a_killed_run_continues_to_the_same_result(
    whole: Path, tmp_path: Path, share: float
) -> None:
    run = tmp_path / "run"
    target = share * len(content(whole))
    process = subprocess.Popen(
        [*EVAL, *SMALL, "--output", str(run)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while process.poll() is None and _samples(run) <= target:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert read_result(run).unknown > 0
    done = evaluate("--resume", str(run))
    assert done.returncode == 0, done.stderr
    assert content(run) == content(whole)
    assert read_result(run).unknown == 0


def _samples(run: Path) -> int:
    try:
        with sqlite3.connect(f"file:{run / 'run.sqlite'}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM samples").fetchone()[0])
    except sqlite3.Error:
        return -1


def test_a_finished_run_has_nothing_left_to_do(whole: Path) -> None:
    before = content(whole)
    done = evaluate("--resume", str(whole))
    assert done.returncode == 0, done.stderr
    assert content(whole) == before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_is_a_sentence_and_the_run_can_be_continued(
    tmp_path: Path, number: int, status: int
) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        [*EVAL, *SMALL, "--output", str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and _samples(run) < 1:
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in errors
    assert evaluate("--resume", str(run)).returncode == 0


@pytest.mark.parametrize("protocol", ["single", "batch", "sequential"])
def test_every_protocol_and_the_references_all_pass(tmp_path: Path, protocol: str) -> None:
    result = cu.evaluate(
        "reference",
        "kit-update",
        editor=["none", "docs"],
        protocol=protocol,
        limit_updates=3,
        n=1,
        sandbox="local",
        output=tmp_path / "run",
        progress=False,
    ).result
    for arm in result.results:
        assert arm.metrics["upass@1"].value == 1.0
        assert arm.metrics["adoption"].value == 1.0
        assert arm.metrics["specificity"].value == 1.0
    taught = result.results[1]
    assert ("retention" in taught.metrics) == (protocol == "sequential")
    assert list(taught.retention) == ([2, 3] if protocol == "sequential" else [])


def test_the_notebook_face(tmp_path: Path) -> None:
    model = cu.load_model("tiny")
    editor = cu.load_editor("lora", max_steps=2)
    evaluation = cu.evaluate(
        model,
        editor=["none", editor],
        limit_updates=1,
        limit=2,
        n=1,
        sandbox="local",
        output=tmp_path / "run",
        progress=False,
    )
    assert evaluation.run == tmp_path / "run"
    frame = evaluation.to_pandas()
    assert set(frame["editor"]) == {"none", "lora"}
    assert evaluation.result.provenance["editors"]["lora"]["max_steps"] == 2
    evaluation.to_html(tmp_path / "page.html")
    assert "<svg" in (tmp_path / "page.html").read_text()
    assert evaluation.plot().axes
    assert cu.read(tmp_path / "run").result.results == evaluation.result.results


def test_a_run_is_not_continued_with_another_editor(whole: Path, tmp_path: Path) -> None:
    config = json.loads((whole / "config.json").read_text())
    config["config"]["settings"] = {"max_steps": 5}
    changed = tmp_path / "run"
    changed.mkdir()
    (changed / "config.json").write_text(json.dumps(config))
    (changed / "run.sqlite").write_bytes((whole / "run.sqlite").read_bytes())
    done = evaluate("--resume", str(changed))
    assert done.returncode == 2
    assert "its editors have changed" in done.stderr


WRONG = {
    "a model": (["--model", "gpt"], "there is no model 'gpt'; did you mean 'hf:gpt'?"),
    "a task": (["--task", "kit-updat"], "there is no task 'kit-updat'; did you mean 'kit-update'?"),
    "an editor": (["--editor", "lorra"], "there is no editor 'lorra'; did you mean 'lora'?"),
    "a setting": (["--editor", "lora", "--set", "rnk=3"], "--set rnk: none of the editors has"),
    "a value": (["--editor", "lora", "--set", "rank=x"], "does not take 'rank' like this"),
    "a k": (["-k", "10", "-n", "5"], "pass@10 cannot be estimated from 5 samples"),
    "a protocol": (["--protocol", "all"], "protocol: input should be 'single', 'batch'"),
    "an id": (["--ids", "nope"], "has no problem 'nope'"),
    "an editor for such a task": (
        ["--task", "kit-base", "--editor", "docs"],
        "all others need none",
    ),
    "data of another task": (["--data", "humaneval=x"], "which is not evaluated"),
    "missing data": (["--task", "humaneval"], "does not bring its data"),
    "a recorded file": (["--model", "recorded:/no/file"], "cannot be read"),
    "a strategy": (["--strategy", "luck"], "there is no strategy 'luck'"),
    "a sandbox": (["--sandbox", "cloud"], "sandbox: input should be 'auto', 'docker' or 'local'"),
    "a run to resume": (["--resume", "/no/run"], "there is no run in '/no/run'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_sentence_and_leaves_nothing(what: str, tmp_path: Path) -> None:
    options, says = WRONG[what]
    done = subprocess.run(
        [sys.executable, "-m", "codeupdate", "eval", *options],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    assert done.returncode == 2, done.stderr
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_malformed_row_is_named_with_its_line(tmp_path: Path) -> None:
    rows = tmp_path / "problems.jsonl"
    good = {"id": "a", "fields": {}, "entry_point": "f", "reference": "", "tests": []}
    rows.write_text(json.dumps({**good, "tests": [{"name": "t", "source": ""}]}) + "\n{oops\n")
    with pytest.raises(DataError, match=r"problems.jsonl, line 2: not JSON"):
        prepare(run_config(tasks=["kit-base"], data={"kit-base": str(rows)}))


def test_an_unwritable_folder_and_a_full_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = run_config(model="reference", limit=1)
    for output, says in (
        (tmp_path / "file" / "run", "cannot be written"),
        (tmp_path, "is not empty"),
    ):
        with pytest.raises(StoreError, match=says):
            cu.evaluate("reference", limit=1, sandbox="local", output=output, progress=False)
    assert config.limit == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_one_sentence_and_what_was_stored_is_kept(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)])
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        done = evaluate("--model", "reference", "--output", str(disk / "run"))
        assert done.returncode == 2
        assert "could not be written" in done.stderr and "--resume" in done.stderr.replace(
            "\n", " "
        )
        assert "Traceback" not in done.stderr
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_dry_run_says_what_would_be_done(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codeupdate", "eval", *SMALL, "--dry-run", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    plan = json.loads(done.stdout)
    assert [arm["editor"] for arm in plan["arms"]] == ["none", "docs", "lora"]
    assert plan["arms"][2]["edits"] == 2
    assert plan["samples"] == sum(arm["samples"] for arm in plan["arms"])
    assert list(tmp_path.iterdir()) == []


def test_a_task_of_ones_own_needs_no_python(tmp_path: Path) -> None:
    """The steps of the README."""
    folder = tmp_path / "mine" / "tasks" / "doubling"
    folder.mkdir(parents=True)
    (folder / "task.yaml").write_text(
        "name: doubling\nsummary: Double a number.\ndata: {problems: problems.jsonl}\n"
    )
    (folder / "prompt.jinja").write_text(
        'def {{ problem.entry_point }}(x):\n    """{{ question }}"""\n'
    )
    row = {
        "id": "double",
        "fields": {"question": "Twice x."},
        "entry_point": "double",
        "reference": "    return 2 * x\n",
        "tests": [{"name": "two", "source": "assert double(2) == 4"}],
    }
    (folder / "problems.jsonl").write_text(json.dumps(row) + "\n")
    done = evaluate(
        "--include", str(tmp_path / "mine"), "--task", "doubling", "--model", "reference",
        "--output", str(tmp_path / "run"), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"][0]["metrics"]["pass@1"]["value"] == 1.0


def test_names_twice_and_unknown_options_are_refused() -> None:
    with pytest.raises(UsageError, match="'docs' is named twice"):
        run_config(editors=["docs", "docs"])
    with pytest.raises(UsageError, match="extra inputs"):
        run_config(colour="blue")


def test_auto_opens_what_works() -> None:
    with open_sandbox("auto", workers=1) as sandbox:
        assert sandbox.name in {"local", "docker"}
