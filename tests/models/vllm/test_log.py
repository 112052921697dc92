"""Quiet processes, and the reason that they leave behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from codeupdate.models.vllm.log import EngineLog, last_sentence

CHILD = """
import sys
print("a thousand lines")
sys.stdin.readline()
print("ValueError: there is no room for the cache", file=sys.stderr)
"""


def test_only_children_are_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    log = EngineLog()
    with log.taking():
        child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, text=True)
        print("seen")
        print("seen, too", file=sys.stderr)
    print("and after")
    child.communicate("go on\n")  # what they print afterwards goes to the file as well
    assert log.reason() == "there is no room for the cache"
    log.close()
    out, err = capfd.readouterr()
    assert out == "seen\nand after\n"
    assert err == "seen, too\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("INFO everything is well\n", ""),
        (
            "(EngineCore pid=7) ERROR 11-26 20:55:36 [core.py:1099] ValueError: too little memory\n"
            "(EngineCore pid=7) ERROR [core.py:9] RuntimeError: Worker initialization failed.\n"
            "Traceback (most recent call last):\n  File ...\n",
            "too little memory",
        ),
        ("torch.OutOfMemoryError: CUDA out of memory\n", "CUDA out of memory"),
    ],
)
def test_the_last_exception_that_is_about_the_thing_itself(text: str, reason: str) -> None:
    assert last_sentence(text) == reason
