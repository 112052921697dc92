"""The attacks once more, with an ordinary user in whose name the local sandbox is opened."""

from __future__ import annotations

import subprocess

import pytest

from tests.sandbox.test_local import NOBODY, as_root, child, public_python

#: In one run each; together they are all that needs no Docker.
PARTS = {
    "reach or left": "test_hostile.py",
    "harms_nothing": "test_hostile.py",
    "descriptors or whatever or judge": "test_hostile.py",
    "apart or together or both_ways": "test_hostile_cheats.py",
}
#: Where being the same user as the supervisor and the judge could make a difference.
QUICK = "of_its_judge or its_judge_does or kill_ or stop_ or starve or folders"


def as_nobody(words: str, file: str) -> subprocess.CompletedProcess[str]:
    python = public_python()
    if child(python, "-c", "import codeupdate.sandbox, pytest, hypothesis", user=NOBODY).returncode:
        pytest.skip("an ordinary user cannot read this checkout or its packages")
    return child(
        python,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"local and ({words})"),
        f"tests/sandbox/{file}",
        user=NOBODY,
    )


@as_root
def test_an_ordinary_user_is_as_safe_where_it_matters_most() -> None:
    assert_all_pass(as_nobody(QUICK, "test_hostile.py"))


@as_root
@pytest.mark.slow
@pytest.mark.parametrize("words", PARTS)
def test_an_ordinary_user_is_as_safe(words: str) -> None:
    assert_all_pass(as_nobody(words, PARTS[words]))


def assert_all_pass(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout, done.stdout[-3000:]
