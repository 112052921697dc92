"""Consistency in a whole run: real sandbox, codes and tests of which some are wrong."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from codeupdate.evaluation.results import read_result
from codeupdate.report import sample_rows
from codeupdate.scoring import pass_at_k
from codeupdate.scoring.metrics import Metric
from tests.shared import ROOT, sandbox_or_skip
from tests.strategies.scripted import CODES, PROBLEMS, evaluated, write_task

#: How many of the four answers are right.
RIGHT = {"double": 2, "last": 1, "add": 4}
PASS_1 = sum(pass_at_k(4, right, 1) for right in RIGHT.values()) / 3
QUESTION = re.compile(r"Is this right\?\s+assert (.*)\s+yes, no, or Enter[^:]*: $")


def on_a_terminal(root: Path, strategy: str, answer: Callable[[str], bytes]) -> list[str]:
    """Evaluate on a real terminal, where ``answer`` is typed to each question about a test; the
    tests that were asked about."""
    seen = list[str]()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.strategies.scripted", str(root), strategy],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "120"},
    )
    os.close(theirs)
    text, end = "", time.monotonic() + 120
    while process.poll() is None and time.monotonic() < end:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            text += os.read(ours, 4096).decode()
        except OSError:  # the other side is closed
            break
        if found := QUESTION.search(text.replace("\r\n", "\n")):
            seen.append(found[1])
            os.write(ours, answer(found[1]))
            text = ""
    assert process.wait(10) == 0, text
    os.close(ours)
    return seen


@pytest.fixture
def root(tmp_path: Path) -> Path:
    sandbox_or_skip("local")
    return write_task(tmp_path)


def first_answers(run: Path) -> dict[str, str]:
    rows = [row for row in sample_rows(run) if row["sample"] == 0]
    return {row["problem"]: row["completion"].strip() for row in rows}


def check_gain(metrics: Mapping[str, Metric], ranked: float) -> None:
    """ConAIR reports pass@1 of the code that is put first, and how far it is above that of the
    model as it is."""
    assert metrics["pass@1"].value == pytest.approx(PASS_1) == pytest.approx(7 / 12)
    assert metrics["ranked_pass@1"].value == pytest.approx(ranked)
    assert metrics["ranking_gain"].value == pytest.approx(ranked - PASS_1)


def test_agreement_finds_the_right_code_unless_most_are_wrong_alike(root: Path) -> None:
    (result,) = evaluated(root, "consistency", progress=False).result.results
    first = first_answers(root / "run-consistency")
    assert first["double"] == "return 2 * x"  # third of the four
    assert first["last"] == CODES["last"][0]  # three that are wrong alike, and a test for them
    check_gain(result.metrics, ranked=2 / 3)


def test_a_person_at_the_terminal_puts_it_right(root: Path) -> None:
    """Whoever answers knows the functions."""
    strategy, functions = "consistency-with-person", known()
    seen = on_a_terminal(root, strategy, lambda test: b"yes\n" if eval(test, functions) else b"n\n")
    asked = [test.partition("(")[0] for test in seen]
    assert asked.count("last") >= 1 and max(map(asked.count, PROBLEMS)) <= 4
    assert first_answers(root / f"run-{strategy}")["last"] == CODES["last"][3]
    (result,) = read_result(root / f"run-{strategy}").results
    check_gain(result.metrics, ranked=1.0)


@pytest.mark.parametrize("typed", [b"\n", b"perhaps\n", b"\x04"], ids=["Enter", "a word", "Ctrl-D"])
def test_a_person_who_does_not_know_changes_nothing(root: Path, typed: bytes) -> None:
    seen = on_a_terminal(root, "consistency-with-person", lambda _: typed)
    assert len(seen) == len(set(seen)) > 1
    (result,) = read_result(root / "run-consistency-with-person").results
    check_gain(result.metrics, ranked=2 / 3)


def known() -> dict[str, object]:
    """The functions as they are right."""
    names: dict[str, object] = {}
    for name, (parameters, body, _) in PROBLEMS.items():
        exec(f"def {name}({parameters}): {body}", names)
    return names


def test_without_a_terminal_nobody_is_asked(root: Path) -> None:
    """The answers are those of the strategy without a person."""
    for strategy in ("consistency", "consistency-with-person"):
        evaluated(root, strategy, progress=False)
    first, second = (
        [row["completion"] for row in sample_rows(root / f"run-{strategy}")]
        for strategy in ("consistency", "consistency-with-person")
    )
    assert first == second
