"""Every failure is one sentence on stderr, nothing on stdout, and the right exit status."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from codeupdate.cli import editors
from codeupdate.cli.failures import Terminated
from codeupdate.errors import StoreError
from codeupdate.models.answers import AnswerBook
from codeupdate.plugins import bundled, load_module
from codeupdate.tasks.scaffold import scaffold
from tests.cli.commands import ROOT, need_local_sandbox, run, start
from tests.report.runs import write_run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("tasks show humanevl", "did you mean 'humaneval'"),
        ("editors show lorra", "did you mean 'lora'"),
        ("sandbox build pyton", "did you mean 'python'"),
        ("eval --model tinny", "there is no model 'tinny'"),
        ("eval --task humanevl", "did you mean 'humaneval'"),
        ("eval --editor lorra", "did you mean 'lora'"),
        ("eval --set lora.rnak=3 --editor lora", "none of the editors has this setting"),
        ("tasks validate humaneval --data nowhere.gz", "'nowhere.gz', which does not exist"),
        ("tasks list --include nowhere", "none of the folders"),
        ("report nowhere", "no run in 'nowhere'"),
        ("compare nowhere elsewhere", "no run in 'nowhere'"),
        ("export nowhere --to rows.jsonl", "no run in 'nowhere'"),
        ("tasks new Mine", "cannot be called 'Mine'"),
        ("tasks new humaneval", "brings a task 'humaneval' already"),
    ],
)
def test_what_the_user_got_wrong(
    words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        "report model",
        "export model --to rows.jsonl",
        "export model --format markdown",
        "compare model elsewhere",
        "eval --resume model",
        "power --difference 5 --from model",
    ],
)
def test_a_folder_with_a_configuration_of_something_else_is_no_run(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "llama"}')
    result = run(*words.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "error: there is no run in 'model': its config.json is not that of a run\n"
    )
    assert [path.name for path in model.iterdir()] == ["config.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("to", [".", "..", "/"])
@pytest.mark.parametrize(
    "words",
    [
        "export run",
        "export run --format latex",
        "lintseq in.jsonl",
        "tasks build repobench-edit --from jinja2 --limit 1",
    ],
)
def test_a_folder_in_place_of_a_file_is_one_sentence(
    words: str, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "run", tasks=("humaneval",), arms=("none",), updates=1)
    (tmp_path / "in.jsonl").write_text('{"instruction": "one", "response": "x = 1"}\n')
    result = run(*words.split(), "--to", to)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"error: '{to}' is a folder; name a file in it\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "run"]


@pytest.mark.parametrize("to", [".", "run"])
@pytest.mark.parametrize("words", ["report nowhere", "compare nowhere elsewhere"])
def test_a_page_that_cannot_be_written_is_found_out_before_runs_are_read(
    words: str, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    result = run(*words.split(), "--html", to)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"error: --html {to} is a folder; name a file in it\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("evl", "Did you mean 'eval'"),
        ("tasks lst", "Did you mean 'list'"),
        ("eval --modle tiny", "--modle"),
        ("tasks show", "Missing argument"),
        ("tasks validate humaneval --limit 0", "'--limit'"),
        ("export run --format xml --to x", "jsonl"),
        ("export run", "--to"),
    ],
)
def test_wrong_usage(words: str, said: str) -> None:
    result = run(*words.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (
            StoreError("the run is gone; look elsewhere"),
            2,
            "error: the run is gone; look elsewhere",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 74, "error: the disk is full; free"),
        (PermissionError(errno.EACCES, "Permission denied", "f"), 2, "permission denied"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
        (ZeroDivisionError("by\nzero"), 70, "a fault of codeupdate itself, ZeroDivisionError: by;"),
    ],
)
def test_what_goes_wrong_inside(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(include: object) -> None:
        raise error

    monkeypatch.setattr(editors, "editor_folders", fail)
    result = run("editors", "list", "--json")
    assert result.exit_code == status
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    shown = run("--debug", "editors", "list")
    assert shown.exit_code == status
    assert "Traceback" in shown.stderr
    assert said in shown.stderr.splitlines()[-1]
    monkeypatch.setenv("CODEUPDATE_DEBUG", "1")
    assert "Traceback" in run("editors", "list").stderr


EDITOR = """
from contextlib import contextmanager
from pydantic import BaseModel
from codeupdate.editing import Change


class Settings(BaseModel):
    pass


@contextmanager
def edit(model, updates, replay, settings):
    {body}
"""
TASK = """
from codeupdate.tasks import FolderTask


class Task(FolderTask):
    def load_problems(self):
        return self.{call}
"""


def own_editor(root: Path, body: str) -> Path:
    folder = root / "editors" / "mymethod"
    folder.mkdir(parents=True)
    (folder / "editor.yaml").write_text("name: mymethod\nsummary: Mine.\nchanges: prompt\n")
    (folder / "editor.py").write_text(EDITOR.format(body=body))
    return root


def eval_with_own(root: Path) -> Any:
    words = f"eval --model reference --editor mymethod --limit 1 --include {root} --output"
    return run(*words.split(), root / "run")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("yield Chnge()", "NameError: name 'Chnge' is not defined"),
        ("list(updates)[99]; yield Change()", "IndexError: list index out of range"),
        ("import json; json.loads('{'); yield Change()", "JSONDecodeError: Expecting property"),
    ],
)
def test_a_mistake_in_ones_own_editor_is_said_to_be_there(
    body: str, said: str, tmp_path: Path
) -> None:
    result = eval_with_own(own_editor(tmp_path, body))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"error: the editor 'mymethod' failed: {said}")
    assert "(editors/mymethod/editor.py, line 13)" in result.stderr
    assert "a fault of codeupdate" not in result.stderr


def test_a_mistake_in_ones_own_task_is_said_to_be_there(tmp_path: Path) -> None:
    folder = scaffold("mine", tmp_path)
    (folder / "task.py").write_text(TASK.format(call="missing + 1"))
    result = run("eval", "--task", "mine", "--include", tmp_path, "--output", tmp_path / "run")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: the task 'mine' failed: AttributeError: 'Task' object has no attribute 'missing' "
        "(tasks/mine/task.py, line 7); 'codeupdate --debug …' shows how it came there\n"
    )


def test_what_fails_in_codeupdate_while_ones_own_editor_is_in_force_is_its_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(AnswerBook, "batches", fail)
    result = eval_with_own(own_editor(tmp_path, "yield Change()"))
    assert "a fault of codeupdate itself, ZeroDivisionError: by zero" in result.stderr
    assert result.exit_code == 70


def test_a_plugin_that_comes_with_codeupdate_is_codeupdate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = load_module(bundled() / "editors" / "docs" / "editor.py")
    monkeypatch.delattr(editor, "Change")
    words = "eval --model reference --editor docs --limit 1 --output"
    result = run(*words.split(), tmp_path / "run")
    assert "a fault of codeupdate itself, NameError: name 'Change'" in result.stderr
    assert result.exit_code == 70


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with start("editors", "list", cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.parametrize("words", ["--help", "editors list", "editors list --json"])
def test_a_full_disk_behind_stdout_is_one_sentence(tmp_path: Path, words: str) -> None:
    with (
        Path("/dev/full").open("w") as full,
        start(*words.split(), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        assert process.stderr.read().startswith("error: the disk is full; ")
    assert process.returncode == 74


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_who_interrupts_it_gets_a_sentence_and_leaves_nothing_behind(
    tmp_path: Path, number: int, status: int, said: str
) -> None:
    need_local_sandbox()
    folder = scaffold("slow", tmp_path)
    problems = folder / "problems.jsonl"
    problems.write_text(problems.read_text().replace("    return", "    while True: pass"))
    words = ["tasks", "validate", "slow", "--include", tmp_path, "--sandbox", "local", "--json"]
    with start(*words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and not _descendants(process.pid):
            time.sleep(0.05)
        workers = _descendants(process.pid)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == status
    assert stdout == ""
    assert stderr.startswith(f"error: {said}")
    assert stderr.count("\n") == 1
    end = time.monotonic() + 20
    while any(map(_runs, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert workers and not any(map(_runs, workers))


def test_who_asks_twice_does_not_wait_for_it_to_tidy_up(tmp_path: Path) -> None:
    tidying = "from codeupdate import cli\nimport os, signal, time\n"
    tidying += "from codeupdate.cli import editors\n"
    tidying += "def fail(include):\n    try:\n        os.kill(os.getpid(), signal.SIGTERM)\n"
    tidying += "        time.sleep(600)\n    finally:\n        print('tidying', flush=True)\n"
    tidying += "        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(600)\n"
    tidying += "editors.editor_folders = fail\ncli.main()\n"
    done = subprocess.run(
        [sys.executable, "-c", tidying, "editors", "list"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "tidying\n")


def test_programs_answer_sigterm_as_ever(tmp_path: Path) -> None:
    need_local_sandbox()
    program = tmp_path / "program.py"
    program.write_text(
        "import signal\nassert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
    )
    words = ("sandbox", "run", program, "--sandbox", "local", "--json")
    with start(*words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        stdout, stderr = process.communicate(timeout=120)
    assert json.loads(stdout)["outcome"] == "passed", stdout + stderr


def _runs(pid: str) -> bool:
    try:
        state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and nobody has asked how


def _descendants(pid: int) -> list[str]:
    """The processes that any thread of ``pid`` has started."""
    return [
        child
        for thread in Path(f"/proc/{pid}/task").glob("*/children")
        for child in thread.read_text().split()
    ]
