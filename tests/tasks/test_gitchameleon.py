"""GitChameleon: the environments are those of its authors, answers go the way they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import DataError
from codeupdate.plugins import load_module
from codeupdate.sandbox import load_environment
from codeupdate.sandbox.building import build_all, ready
from codeupdate.sandbox.store import describe_built
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Framework, Sample
from tests.cli.commands import run, run_json
from tests.shared import shared_data

ROW: dict[str, Any] = {
    "example_id": "7",
    "python_version": "3.10",
    "library": "flask",
    "version": "2.0.0",
    "additional_dependencies": "Werkzeug==2.0.0",
    "problem": "Say hello.",
    "starting_code": "import flask\ndef hello():\n",
    "solution": "    return 'hello'",
    "test": "assert hello() == 'hello'",
    "type_of_change": "Argument or Attribute change",
}
HIDDEN = "import json\nfrom sample_7 import hello\n\ndef test_it():\n    import never_there\n"


def task_of(tmp_path: Path, *rows: dict[str, Any]) -> FolderTask:
    (tmp_path / "hidden_tests").mkdir(exist_ok=True)
    (tmp_path / "dataset.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for row in rows:
        (tmp_path / "hidden_tests" / f"test_sample_{row['example_id']}.py").write_text(HIDDEN)
    return load_task("gitchameleon", tmp_path)


def normalised(pins: list[str]) -> set[str]:
    return {pin.lower().replace("_", "-") for pin in pins}


def extracted(task: FolderTask, text: str) -> tuple[str, str]:
    problem = task.problems()[0]
    found = task.extract(problem, task.prompt(problem, "prompt"), Sample(0, 0, text, 0, 0, "stop"))
    return found.code, found.outcome


# ------------------------------------------------------------------------ the real data


def test_the_environments_are_the_83_that_were_proven() -> None:
    task = load_task("gitchameleon", shared_data("gitchameleon"))
    proven = json.loads(shared_data("gitchameleon/environments.json").read_text())
    wanted = {
        (one["python"], tuple(map(tuple, one["install_steps"]))): sorted(one["problems"])
        for one in proven
    }
    derived = task.environments()
    problems: dict[str, list[str]] = {name: [] for name in derived}
    for problem in task.problems():
        problems[problem.environment].append(problem.id)
    found = {(one.python, one.steps): sorted(problems[name]) for name, one in derived.items()}
    assert len(found) == len(derived) == 83
    assert found == wanted
    assert {one.before for one in derived.values()} == {"2025-07-18"}


@pytest.mark.slow
def test_what_is_installed_is_what_was_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built from the package index."""
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path))
    task = load_task("gitchameleon", shared_data("gitchameleon"))
    proven = json.loads(shared_data("gitchameleon/environments.json").read_text())
    for library in ("tqdm", "falcon", "plotly"):
        wanted = next(one for one in proven if one["library"] == library)
        steps = tuple(map(tuple, wanted["install_steps"]))
        (environment,) = [one for one in task.environments().values() if one.steps == steps]
        (built,) = build_all([environment], 1)
        assert built.failure == ""
        installed = describe_built(environment)["packages"]
        assert normalised(installed) == normalised(wanted["freeze"])


def test_every_reference_is_taken_as_it_is() -> None:
    task = load_task("gitchameleon", shared_data("gitchameleon"))
    lines = shared_data("gitchameleon/dataset.jsonl").read_text().splitlines()
    rows = {row["example_id"]: row for row in map(json.loads, lines)}
    assert len(task.problems()) == 221
    for problem in task.problems():
        row = rows[problem.id]
        prompt = task.prompt(problem, "prompt")
        found = task.extract(problem, prompt, Sample(0, 0, problem.reference, 0, 0, "stop"))
        assert found.code == row["starting_code"] + row["solution"]
        fenced = Sample(0, 0, f"Here:\n```python\n{problem.reference}\n```\n", 0, 0, "stop")
        assert task.extract(problem, prompt, fenced).code == problem.reference + "\n"
        assert row["version"] in prompt.text
        assert row["starting_code"] in prompt.text
        assert row["test"] not in prompt.text


def test_every_environment_has_what_its_packages_need() -> None:
    derived = load_task("gitchameleon", shared_data("gitchameleon")).environments()
    brought = {name: {need.what for need in one.system} for name, one in derived.items()}
    librosa = [name for name in brought if "/librosa" in name]
    assert len(librosa) == 7
    assert all({"libsndfile.so.1", "ffmpeg"} <= brought[name] for name in librosa)
    assert sum(bool(needs) for needs in brought.values()) < 20
    for one in derived.values():
        assert one.preload[0] == "pytest"
        assert not [module for module in one.preload if module.startswith("sample_")]


def test_it_is_shown_with_the_environment_of_its_first_problem() -> None:
    card = run_json("tasks", "show", "gitchameleon", "--data", shared_data("gitchameleon"))
    assert card["environment"]["name"].startswith("gitchameleon/torch-1.9.0-py3.7-")
    assert card["environment"]["of"] == 83


# ----------------------------------------------------------------------- a row of our own


def test_an_environment_follows_from_its_row(tmp_path: Path) -> None:
    other = {**ROW, "example_id": "8", "version": "2.0.1"}
    task = task_of(tmp_path, ROW, other)
    first, second = task.environments().values()
    assert first.name.startswith("gitchameleon/flask-2.0.0-py3.10-")
    assert first.python == "3.10"
    assert first.steps == (
        ("flask==2.0.0", "Werkzeug==2.0.0"),
        ("pytest==7.2.0",),
        ("pytest-cov==4.1.0",),
        ("numpy==1.23",),
        ("scipy==1.10.1",),
    )
    assert first.preload == ("pytest", "flask", "json")
    assert second.steps[0] == ("flask==2.0.1", "Werkzeug==2.0.0")
    assert [problem.environment for problem in task.problems()] == [first.name, second.name]


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({"additional_dependencies": "numpy==1.25.1"}, ["pytest", "pytest-cov", "scipy"]),
        ({"library": "pytest", "version": "7.0.0"}, ["numpy", "scipy"]),
        ({"extra_dependencies": "SciPy==1.9"}, ["pytest", "pytest-cov", "numpy"]),
    ],
)
def test_what_a_row_pins_is_not_installed_again(
    tmp_path: Path, more: dict[str, Any], left: list[str]
) -> None:
    (environment,) = task_of(tmp_path, {**ROW, **more}).environments().values()
    assert [step[0].partition("==")[0] for step in environment.steps[1:]] == left


def test_the_fingerprint_knows_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = task_of(tmp_path, ROW)
    changed = task_of(tmp_path, ROW)
    monkeypatch.setattr(changed, "environments", dict)
    assert plain.fingerprint != changed.fingerprint
    assert plain.fingerprint == task_of(tmp_path, ROW).fingerprint


def test_both_checks_run_the_answer_in_their_own_way(tmp_path: Path) -> None:
    task = task_of(tmp_path, ROW)
    (problem,) = task.problems()
    hidden, visible = task.checks(problem, "def hello(): pass")
    assert (hidden.name, visible.name) == ("hidden", "visible")
    assert hidden.program.source == "def hello(): pass"
    assert hidden.program.module == "sample_7"
    (test,) = hidden.program.tests
    assert (test.framework, test.source) == (Framework.PYTEST, HIDDEN)
    assert visible.program.source == "def hello(): pass"
    assert visible.program.module == "__main__"
    assert [test.source for test in visible.program.tests] == ["assert hello() == 'hello'"]
    assert hidden.program.id != visible.program.id
    assert hidden.program.limits.wall_seconds == 240
    assert problem.fields["change"] == "argument or attribute"


@pytest.mark.parametrize(
    ("text", "code", "outcome"),
    [
        ("```python\na = 1\n```\n```python\ndef hello(): pass\n```", "a = 1\n", "fenced"),
        ("<think>```\nno\n```</think>\n```\na = 1\n```", "a = 1\n", "fenced"),
        ("<think>```\ndef hello(): pass\n```", "", "none"),
        ("Sure:\n```python\ndef hello():\n    pass", "def hello():\n    pass", "unclosed"),
        (
            "import flask\n\ndef hello():\n  pass\n",
            "import flask\n\ndef hello():\n  pass\n",
            "code",
        ),
        ("I cannot.", "I cannot.", "none"),
    ],
)
def test_the_first_block_counts(tmp_path: Path, text: str, code: str, outcome: str) -> None:
    assert extracted(task_of(tmp_path, ROW), text) == (code, outcome)


def test_the_file_may_be_named_instead_of_the_folder(tmp_path: Path) -> None:
    task_of(tmp_path, ROW)
    by_file = load_task("gitchameleon", tmp_path / "dataset.jsonl")
    assert by_file.problems() == task_of(tmp_path, ROW).problems()


def test_without_data_it_says_what_to_name() -> None:
    with pytest.raises(DataError, match=r"hidden_tests/ with --data"):
        load_task("gitchameleon").problems()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**ROW, "python_version": "2.7"}, "line 1: there are no rules for Python 2.7"),
        ({**ROW, "solution": "    return ("}, "line 1: .* is not Python"),
        ({k: v for k, v in ROW.items() if k != "solution"}, "line 1: there is no text 'solution'"),
        ({k: v for k, v in ROW.items() if k != "library"}, "line 1: there is no text 'library'"),
        ({**ROW, "solution": None}, "line 1: there is no text 'solution'"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        task_of(tmp_path, row).environments()


def test_a_row_without_its_hidden_test_is_named(tmp_path: Path) -> None:
    task = task_of(tmp_path, ROW)
    (tmp_path / "hidden_tests" / "test_sample_7.py").unlink()
    with pytest.raises(DataError, match=r"line 1: its hidden test '.*test_sample_7\.py'"):
        task.problems()


# ----------------------------------------------------------------------- arms of the paper


def documented(tmp_path: Path, *rows: dict[str, Any]) -> FolderTask:
    (tmp_path / "documentation").mkdir()
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "documentation" / "flask.jsonl").write_text(text)
    return task_of(tmp_path, ROW, {**ROW, "example_id": "8"})


def test_without_the_version_nothing_names_it(tmp_path: Path) -> None:
    task = task_of(tmp_path, ROW)
    (problem,) = task.problems()
    for prompt, named in (("prompt", True), ("chain-of-thought", True), ("no-version", False)):
        text = task.prompt(problem, prompt).text
        assert ("2.0.0" in text, "version" in text) == (named, named)
        assert "flask" in text and "3.10" in text and ROW["starting_code"] in text


def test_documentation_is_shown_to_the_problems_that_have_some(tmp_path: Path) -> None:
    task = documented(tmp_path, {"example_id": "8", "text": "hello() says hello."})
    one, other = task.problems()
    assert (one.update, other.update) == (None, "8")
    update = task.updates()["8"]
    for prompt in task.templates.names():
        assert update.documentation in task.prompt(other, prompt, (update,)).text
        assert update.documentation not in task.prompt(other, prompt).text
    plan = run("eval", "--task", "gitchameleon", "--data", tmp_path, "--model", "reference",
               "--editor", "documentation", "--dry-run")  # fmt: skip
    assert "1 edits, 2 questions" in plan.stdout
    assert "1 of the 2 problems of 'gitchameleon' need no update" in plan.stderr


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"example_id": "9", "text": "x"}, r"flask\.jsonl, line 1: there is no problem '9'"),
        ({"example_id": "7"}, r"flask\.jsonl, line 1: there is no text 'example_id', or no 'text'"),
    ],
)
def test_documentation_that_cannot_be_meant(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        documented(tmp_path, row).problems()


def test_documentation_is_that_of_the_names_that_are_used() -> None:
    module = load_module(load_task("gitchameleon").folder / "documentation.py")
    source = (
        "import textwrap as t, json.decoder\nfrom json import dumps\n"
        "def f(x: json.decoder.JSONDecoder) -> str:\n"
        "    return t.dedent(dumps(x)) + json.dumps.__name__ + x.dumps()\n"
    )
    assert module.used(source, "textwrap") == ["textwrap.dedent"]
    assert module.used(source, "json") == ["json.dumps.__name__"]
    text = module.described(source, "textwrap", ready(load_environment("python")))
    assert text.startswith("textwrap.dedent(text)\n\nRemove any common leading whitespace")
    assert module.described(source, "numpy", ready(load_environment("python"))) == ""


def test_documentation_is_built_for_a_library_of_the_data(tmp_path: Path) -> None:
    task_of(tmp_path, ROW)
    refused = run("tasks", "build", "gitchameleon", "--data", tmp_path, "--from", "numpy",
                  "--to", tmp_path / "x.jsonl")  # fmt: skip
    assert refused.exit_code == 2
    assert "no problem is about 'numpy'; some are about: flask" in refused.stderr
