"""Environments are found like other plugins, and a faulty file is one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codeupdate.errors import DataError, UsageError
from codeupdate.sandbox.environments import environment_names, load_environment
from codeupdate.types import SystemNeed


def write(root: Path, name: str, text: str) -> Path:
    folder = root / "sandbox" / "environments"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    return root


def test_every_bundled_environment_is_sound() -> None:
    names = environment_names()
    assert {"python", "arena"} <= set(names)
    for name in names:
        assert load_environment(name).name == name
    assert load_environment("arena").python_version == "3.11"


def test_python_is_the_running_one_and_installs_nothing() -> None:
    python = load_environment("python")
    assert python.python_version == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert python.steps == python.preload == python.paths == ()


def test_what_the_arena_installs_is_pinned() -> None:
    for step in load_environment("arena").steps:
        assert all("==" in requirement for requirement in step)


def test_all_fields_arrive(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        "mine",
        "summary: x\npython: '3.9'\nsteps: [[a==1, b==2], [a==3]]\npreload: [a.b]\n"
        "variables: {A: b}\npaths: [data/library]\nbefore: '2025-07-18'\n"
        "system:\n"
        "  - {package: libsndfile1, library: libsndfile.so.1}\n"
        "  - {package: g++, command: g++, building: true}\n"
        "  - {package: wordnet-base, path: /usr/share/wordnet, to: data/wordnet}\n"
        "files: {a/b.cfg: text}\nbuild_variables: {CFG: '{system}/a/b.cfg'}\n",
    )
    (root / "data" / "library").mkdir(parents=True)
    mine = load_environment("mine", [root])
    assert mine.python_version == "3.9"
    assert mine.steps == (("a==1", "b==2"), ("a==3",))
    assert mine.preload == ("a.b",)
    assert mine.variables == {"A": "b"}
    assert mine.paths == (root / "data" / "library",)
    assert mine.before == "2025-07-18"
    assert mine.system == (
        SystemNeed("libsndfile1", library="libsndfile.so.1"),
        SystemNeed("g++", command="g++", building=True),
        SystemNeed("wordnet-base", path="/usr/share/wordnet", to="data/wordnet"),
    )
    assert mine.files == {"a/b.cfg": "text"}
    assert mine.build_variables == {"CFG": "{system}/a/b.cfg"}


def test_the_first_root_wins(tmp_path: Path) -> None:
    root = write(tmp_path, "python", "summary: mine\npreload: [json]\n")
    assert load_environment("python", [root]).preload == ("json",)
    assert load_environment("python").preload == ()


def test_an_unknown_name_is_answered_with_the_close_one() -> None:
    with pytest.raises(UsageError, match=r"no environment 'arenna'; did you mean 'arena'\?"):
        load_environment("arenna")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("summary: x\npython: 3.10\n", r"python: .*in quotes"),
        ("summary: x\npython: '3'\n", "python: "),
        ("summary: x\nstep: [[a]]\n", "step: extra"),
        ("preload: [a]\n", "summary: field required"),
        ("summary: x\nsteps: [a]\n", r"steps\.0: "),
        ("summary: x\nsteps: [[]]\n", r"steps\.0: "),
        ("summary: x\nsteps: [['--index-url=https://evil']]\n", r"steps\.0\.0: "),
        ("summary: x\npreload: ['a; b']\n", r"preload\.0: "),
        ("summary: x\nvariables: {A: 1}\n", r"variables\.A: "),
        ("summary: x\npaths: [nowhere]\n", "nowhere.*no folder"),
        ("summary: x\nbefore: 2025-07-18\n", "before: .*in quotes"),
        ("summary: x\nbefore: 18.7.2025\n", "before: it is no day"),
        ("summary: x\nbefore: '2025-02-30'\n", "before: "),
        ("summary: x\nsystem: [{package: a}]\n", r"system\.0: it has to name a library, a "),
        ("summary: x\nsystem: [{package: a, command: b, path: /c}]\n", r"system\.0: it has to"),
        ("summary: x\nsystem: [{package: a; b, command: c}]\n", r"system\.0\.package: "),
        ("summary: x\nsystem: [{package: a, library: a.so}]\n", r"system\.0\.library: "),
        ("summary: x\nsystem: [{package: a, path: usr}]\n", r"system\.0\.path: "),
        ("summary: x\nsystem: [{package: a, command: c, to: d}]\n", r"system\.0: 'to' says"),
        ("summary: x\nsystem: [{package: a, path: /c, to: ../d}]\n", r"system\.0\.to: '\.\./d' is"),
        ("summary: x\nfiles: {/etc/passwd: a}\n", r"files\.\S*: '/etc/passwd' is no path below"),
        ("summary: x\nbuild_variables: {A: 1}\n", r"build_variables\.A: "),
        ("- a\n", "the file: "),
        ("a: [\n", "cannot be read as YAML"),
    ],
)
def test_a_faulty_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    root = write(tmp_path, "faulty", text)
    with pytest.raises(DataError, match=rf"faulty\.yaml.*{said}"):
        load_environment("faulty", [root])
