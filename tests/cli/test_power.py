"""The command that plans an evaluation: from assumptions, and from a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.commands import run, run_json
from tests.report.runs import write_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "run", n=3, arms=("none", "docs", "lora"))


def test_it_says_what_is_needed_in_a_table_and_a_sentence() -> None:
    said = " ".join(run("power", "--difference", "5", "--comparisons", "10").stdout.split())
    plan = run_json("power", "--difference", "5", "--comparisons", "10")["plans"][0]
    assert [row["n"] for row in plan["rows"]] == [1, 5, 10]
    for row in plan["rows"]:
        assert f"{row['problems']:,} {row['updates']:,} {row['samples']:,}" in said
    assert "alpha 0.05 / 10 comparisons" in said
    assert plan["advice"] in said


def test_problems_at_hand_show_so_much_and_no_less() -> None:
    plan = run_json("power", "--difference", "5", "--n", "5", "--problems", "400")["plans"][0]
    (row,) = plan["rows"]
    again = run_json("power", "--difference", 100 * row["seen"], "--n", "5")["plans"][0]
    assert again["rows"][0]["problems"] == pytest.approx(400, rel=0.05)  # the arm's rate is another


def test_from_a_run_it_takes_what_was_seen(finished: Path) -> None:
    plans = run_json("power", "--difference", "5", "--from", finished, "--task", "humaneval")[
        "plans"
    ]
    assert [plan["observed"]["arm"]["editor"] for plan in plans] == ["docs", "lora"]
    for plan in plans:
        assert (plan["observed"]["problems"], plan["observed"]["n"]) == (24, 3)
        assert plan["assumptions"]["per_update"] == 3
    said = run("power", "--difference", "5", "--from", finished).stdout
    assert "kit-update: docs of tiny against none of tiny" in said


def test_with_one_sample_it_says_that_luck_is_assumed(tmp_path: Path) -> None:
    once = write_run(tmp_path / "run", n=1, arms=("none", "lora"))
    said = " ".join(run("power", "--difference", "5", "--from", once).stdout.split())
    assert "it is assumed (--sampled)" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--difference", "0"], "between 0 and 100"),
        (["--difference", "70"], "leaves 0"),
        (["--difference", "5", "--n", "1,x"], "--n takes"),
        (["--difference", "5", "--from", "nowhere"], "no run in"),
        (["--difference", "5", "--task", "humaneval"], "name the run with --from"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(words: list[str], said: str) -> None:
    result = run("power", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--baseline", "--correlation", "--icc", "--per-update"])
def test_what_the_run_says_is_not_given_beside_it(finished: Path, option: str) -> None:
    result = run("power", "--difference", "5", "--from", finished, option, "0")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"error: {option} is taken from the run; leave it or --from out\n"


@pytest.mark.parametrize(
    ("option", "name", "default"),
    [
        ("--baseline", "baseline", 0.4),
        ("--correlation", "correlation", 0.5),
        ("--icc", "icc", 0.3),
        ("--per-update", "per_update", 4),
    ],
)
def test_without_a_run_the_help_says_what_is_assumed(
    option: str, name: str, default: float
) -> None:
    (plan,) = run_json("power", "--difference", "5")["plans"]
    assert plan["assumptions"][name] == default
    said = " ".join(run("power", "--help").stdout.replace("│", " ").split())
    assert re.search(rf"{option} \S+ [^[]*\[default: \({default:.1f}\)\]", said)
    (other,) = run_json("power", "--difference=-5", option, "1")["plans"]
    assert other["assumptions"][name] == 1


def test_a_run_without_two_arms_or_that_task_is_refused(finished: Path, tmp_path: Path) -> None:
    alone = write_run(tmp_path / "run", arms=("none",))
    for words, said in ((alone, "no two arms"), (finished, "no task 'other'")):
        task = [] if words == alone else ["--task", "other"]
        result = run("power", "--difference", "5", "--from", words, *task)
        assert result.exit_code == 2
        assert said in result.stderr
