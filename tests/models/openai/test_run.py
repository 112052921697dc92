"""Evaluations of a model behind a server, from the command line."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codeupdate.evaluation.results import read_result
from tests.cli.commands import need_local_sandbox, run, run_json, start
from tests.models.openai.misbehaving import Act, Misbehaving, counted, misbehaving

KEY = "sk-very-secret-0123456789"
SMALL = ("--task", "kit-base", "--limit", "12", "-n", "1", "--sandbox", "local", "--workers", "1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Misbehaving]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with misbehaving() as server:
        yield server


def of(server: Misbehaving, *more: str) -> tuple[str, ...]:
    return ("eval", "--model", f"openai:model@{server.url}", *more)


def test_a_killed_run_is_continued_and_asks_for_the_rest(
    server: Misbehaving, tmp_path: Path
) -> None:
    need_local_sandbox()
    folder = tmp_path / "run"
    answered = 0

    def behave(path: str, body: dict[str, Any]) -> Act:
        nonlocal answered
        with server.lock:
            answered += 1
            return Act() if answered <= 6 else Act(hang=600)  # the greeting, and five answers

    server.behave = behave
    process = start(
        *of(server, *SMALL, "--output", str(folder)), cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and samples(folder) < 5:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert samples(folder) == 5
    first = counted(server.asked)

    server.behave = lambda path, body: Act()
    done = run("eval", "--resume", folder)
    assert done.exit_code == 0, done.stderr
    assert samples(folder) == 12 and read_result(folder).unknown == 0
    again = counted(server.asked) - first
    assert len(again) == 7 and set(again.values()) == {1}


def test_what_a_server_answered_is_not_taken_for_what_it_would_answer_now(
    server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been started again with other weights; unless somebody says that it was not."""
    need_local_sandbox()
    monkeypatch.setenv("CODEUPDATE_COMPLETIONS", str(tmp_path / "kept"))

    def answered(name: str, *more: str) -> int:
        before = len(server.asked)
        done = run(*of(server, *SMALL, "--limit", "2", "--output", str(tmp_path / name), *more))
        assert done.exit_code in {0, 1}, done.stderr  # whatever its programs came to
        return len(server.asked) - before

    reuse = ("--model-set", "reuse=true")
    assert [answered("first"), answered("second")] == [2, 2]
    assert [answered("third", *reuse), answered("fourth", *reuse)] == [2, 0]
    assert answered("fifth") == 2


def samples(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'run.sqlite'}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM samples").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_a_server_that_fails_leaves_a_run_that_can_be_continued(
    server: Misbehaving, tmp_path: Path
) -> None:
    need_local_sandbox()
    folder = tmp_path / "run"
    asked = 0

    def behave(path: str, body: dict[str, Any]) -> Act:
        nonlocal asked
        with server.lock:
            asked += 1
            return Act() if asked <= 4 else Act(500, {"error": {"message": "the disk is full"}})

    server.behave = behave
    done = run(*of(server, *SMALL, "--output", str(folder), "--model-set", "patience=0"))
    assert done.exit_code == 2
    assert "500: the disk is full; what was answered before is kept, and --resume" in done.stderr
    assert samples(folder) == 3
    server.behave = lambda path, body: Act()
    assert run("eval", "--resume", folder).exit_code == 0
    assert samples(folder) == 12


def test_the_key_is_in_no_file_and_on_no_stream(
    server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_local_sandbox()
    monkeypatch.setenv("MY_KEY", KEY)
    echo = {"error": {"message": f"the key {KEY} is tired"}}
    server.script({"1": [Act(429, echo, {"Retry-After": "0"})]})
    folder = tmp_path / "run"
    shown = []
    for status in (200, 401, 500):
        if status != 200:
            server.behave = lambda path, body, status=status: Act(status, echo)
        words = (
            "--debug",
            *of(server, *SMALL, "--limit", "2", "--json"),
            *("--output", str(folder if status == 200 else tmp_path / str(status))),
            *("--model-set", "key_variable=MY_KEY", "--model-set", "patience=0.5"),
        )
        if status == 200:  # in a process of its own, whose command is in the provenance
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            process = start(*words, cwd=tmp_path, **pipes)
            out, err = process.communicate()
            assert process.returncode == 0, err
        else:
            done = run(*words)
            out, err = done.stdout, done.stderr
            assert done.exit_code == 2 and "Traceback" in err
        shown += [out, err]
    assert f"Bearer {KEY}" in server.keys
    assert "refuses the key in MY_KEY (401)" in shown[3]
    assert "the key [key] is tired" in shown[5]
    assert not any(KEY in text for text in shown)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert folder / "config.json" in files
    assert not any(KEY.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--editor", "none,lora"), "the editor 'lora' changes weights, and those of 'openai:"),
        (("--editor", "docs+lora"), "the editor 'lora' changes weights"),
        (
            ("--task", "edits", "--strategy", "prefix"),
            "the strategy 'prefix' changes how a model works",
        ),
        (("--model-set", "speed=9"), "has no setting 'speed'; it has: cached_price, completion_"),
        (("--model-set", "endpoint=talk"), "does not take 'endpoint' like this"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    server: Misbehaving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*of(server, *more))
    assert done.exit_code == 2 and said in done.stderr
    assert server.requests == [] and not any(tmp_path.iterdir())


def test_a_url_with_a_key_never_reaches_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("eval", "--model", f"openai:model@http://user:{KEY}@127.0.0.1:9/v1")
    assert done.exit_code == 2 and KEY not in done.output and "OPENAI_API_KEY" in done.stderr
    done = run("eval", "--model", "openai:model@http://127.0.0.1:9/v1")
    assert done.exit_code == 2 and "cannot be reached" in done.stderr
    assert not any(tmp_path.iterdir())


def test_an_editor_that_changes_the_prompt_works(server: Misbehaving, tmp_path: Path) -> None:
    need_local_sandbox()
    found = run_json(
        *of(server, "--task", "kit-update", "--editor", "none,docs", "--limit", "1"),
        *("-n", "1", "--temperature", "1"),
        *("--sandbox", "local", "--workers", "1", "--output", tmp_path / "run"),
        *("--model-set", "prompt_price=1"),
    )
    none, docs = found["results"]
    assert docs["cost"]["prompt_tokens"] > none["cost"]["prompt_tokens"] > 0
    assert none["cost"]["price"] == pytest.approx(none["cost"]["prompt_tokens"] / 1e6)
    assert found["provenance"]["model_settings"]["prompt_price"] == 1
