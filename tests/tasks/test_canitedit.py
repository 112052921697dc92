"""CanItEdit on three rows of our own in its published form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codeupdate.errors import CodeUpdateError, DataError
from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Outcome, Problem, Sample, Verdict
from tests.shared import sandbox_or_skip


def row(number: int, name: str, kind: str, **texts: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "full_name": f"{number}_{name}",
        **texts,
        "taxonomy": {"change_kind": kind, "libraries": [], "topic": "Language"},
    }


TESTS = "### START TESTS ###\nif True:  # pragma: no cover\n"
ROWS = [
    row(
        1,
        "tank",
        "corrective",
        before=(
            "class Tank:\n"
            "    def __init__(self, size):\n"
            "        self.size = size\n"
            "        self.level = 0\n"
            "\n"
            "    def fill(self, amount):\n"
            "        self.level += amount\n"
            "        return self.level"
        ),
        after=(
            "class Tank:\n"
            "    def __init__(self, size):\n"
            "        self.size = size\n"
            "        self.level = 0\n"
            "\n"
            "    def fill(self, amount):\n"
            "        self.level = min(self.size, self.level + amount)\n"
            "        return self.level"
        ),
        tests=TESTS + "    tank = Tank(5)\n    assert tank.fill(3) == 3\n"
        "    assert tank.fill(3) == 5, 'more than fits'\n",
        instruction_descriptive="Let `fill` stop at `size`: what does not fit is lost.",
        instruction_lazy="tanks must not overflow",
    ),
    row(
        2,
        "shout",
        "adaptive",
        before="def shout(text):\n    return text.upper()\n",
        after=(
            "def shout(text, times=1):\n"
            "    if times < 0:\n"
            "        raise ValueError(times)\n"
            "    return text.upper() + '!' * times\n"
        ),
        tests=TESTS + "    assert shout('a') == 'A!'\n    assert shout('b', times=3) == 'B!!!'\n",
        instruction_descriptive="Add `times=1`, the number of exclamation marks at the end.",
        instruction_lazy="exclamation marks please",
    ),
    row(
        3,
        "main_only",
        "perfective",
        before="import sys\n\nassert __name__ == '__main__'\nlimit = 3\n",
        after="import sys\n\nassert __name__ == '__main__'\nlimit = sys.maxsize\n",
        tests=TESTS + "    assert limit == sys.maxsize\n",
        instruction_descriptive="Set the limit to the largest size that there is.",
        instruction_lazy="no limit",
    ),
]
#: The task's own environment has torch and takes 4.9 GB.
ENVIRONMENT = 'summary: Only what measures.\nsteps: [["coverage==7.3.2"]]\n'


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("canitedit") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.fixture(scope="module")
def canitedit(rows: Path) -> FolderTask:
    return load_task("canitedit", rows)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with an environment ``measured`` that has coverage.py."""
    sandbox_or_skip("local")
    root = tmp_path_factory.mktemp("root")
    (root / "sandbox/environments").mkdir(parents=True)
    (root / "sandbox/environments/measured.yaml").write_text(ENVIRONMENT)
    try:
        opened = open_sandbox("local", workers=1, include=[root], environments=["measured"])
        with opened as ready:
            yield ready
    except CodeUpdateError as error:
        pytest.skip(f"coverage.py cannot be installed: {error}")


def run(task: FolderTask, sandbox: Sandbox, problem: Problem, code: str) -> dict[str, Verdict]:
    """The verdicts of the checks of a candidate, by name."""
    verdicts: dict[str, Verdict] = {}
    for check in task.checks(problem, code):
        if check.needs is None or verdicts[check.needs].passed:
            program = replace(check.program, environment="measured")
            verdicts[check.name] = sandbox.submit(program).result()
    return verdicts


def reference(task: FolderTask, problem: Problem) -> str:
    answer = Sample(0, 0, problem.reference, 0, 0, "stop")
    return task.extract(problem, task.prompt(problem, "prompt"), answer).code


def uncovered(verdict: Verdict) -> str:
    return verdict.stdout.rpartition("uncovered:")[2].strip()


def test_references_pass_and_programs_before_do_not(
    canitedit: FolderTask, sandbox: Sandbox
) -> None:
    for problem in canitedit.problems():
        after = run(canitedit, sandbox, problem, reference(canitedit, problem))
        assert {name: v.outcome for name, v in after.items()} == {
            "updated": Outcome.PASSED,
            "coverage": Outcome.PASSED,
        }
        assert not after["updated"].suspicions
        before = run(canitedit, sandbox, problem, str(problem.fields["before"]))
        assert before.keys() == {"updated"}
        assert not before["updated"].passed


def test_what_is_not_reached_is_measured_and_tests_do_not_count(
    canitedit: FolderTask, sandbox: Sandbox
) -> None:
    tank, shout, _ = canitedit.problems()
    verdict = run(canitedit, sandbox, shout, reference(canitedit, shout))["coverage"]
    assert uncovered(verdict) == "3"  # the raise
    verdict = run(canitedit, sandbox, tank, reference(canitedit, tank))["coverage"]
    assert uncovered(verdict) == ""


def test_excess_of_a_wordy_answer(canitedit: FolderTask, sandbox: Sandbox) -> None:
    problem = canitedit.problems()[0]
    wordy = str(ROWS[0]["after"]) + (
        "\n\n    def empty(self):\n        level = self.level\n\n        self.level = 0\n"
        "        return level\n\n    def __repr__(self):\n        return 'Tank'\n"
    )
    verdicts = run(canitedit, sandbox, problem, wordy)
    report = uncovered(verdicts["coverage"])
    assert report == "11-14, 17"
    # One line altered, and nine added.
    assert canitedit.measures(problem, wordy, verdicts) == {"excess_code": 5 / 11}
    plain = reference(canitedit, problem)
    reached = run(canitedit, sandbox, problem, plain)
    assert canitedit.measures(problem, plain, reached) == {"excess_code": 0}
    failing = run(canitedit, sandbox, problem, str(problem.fields["before"]))
    assert canitedit.measures(problem, str(problem.fields["before"]), failing) == {}


def test_output_of_the_program_is_not_taken_for_the_measurement(
    canitedit: FolderTask, sandbox: Sandbox
) -> None:
    problem = canitedit.problems()[1]
    code = reference(canitedit, problem) + "print('uncovered: 1-99')\nprint('x', end='')\n"
    verdict = run(canitedit, sandbox, problem, code)["coverage"]
    assert uncovered(verdict) == "3"


#: What a candidate may do to its output, and whether lines are counted all the same.
OUTPUTS = {
    "replaced": ("import io, sys\nprint('Hello')\nsys.stdout = io.StringIO()\n", True),
    "replaced and silent": ("import io, sys\nsys.stdout = io.StringIO()\n", True),
    "redirected": ("import os\nos.dup2(os.open(os.devnull, os.O_WRONLY), 1)\n", False),
    "closed": ("import sys\nsys.stdout.close()\n", True),
    "much of it": ("print('x' * 9000, end='')\n", True),
    "other functions": ("import os\nos.write = lambda number, data: len(data)\n", True),
    "a measurement": ("print('\\nuncovered: \\n', flush=True)\n", True),
    "a measurement at the end": (
        "import atexit, os\natexit.register(os.write, 1, b'\\nuncovered: \\n')\n",
        True,
    ),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_whatever_becomes_of_its_output_a_candidate_is_measured_or_it_is_not(
    canitedit: FolderTask, sandbox: Sandbox, case: str
) -> None:
    problem = canitedit.problems()[1]
    more, counted = OUTPUTS[case]
    code = reference(canitedit, problem) + more
    verdicts = run(canitedit, sandbox, problem, code)
    assert verdicts["updated"].passed
    found = canitedit.measures(problem, code, verdicts)
    assert found == ({"excess_code": 1 / (6 + more.count("\n"))} if counted else {})


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Hello\n",
        "uncovered: \n",
        "{mark} uncovered:",
        "{mark} uncovered: 2-\n",
        "{mark} uncovered: -1\n",
        "{mark} uncovered: 1-2-3\n",
        "{mark} uncovered: 99999999999999999999\n",
    ],
)
def test_what_is_no_measurement_is_none(canitedit: FolderTask, printed: str) -> None:
    problem = canitedit.problems()[1]
    code = reference(canitedit, problem)
    passed = Verdict("p", Outcome.PASSED)
    (_, check) = canitedit.checks(problem, code)
    mark = re.findall(r"([0-9a-f]{16}) uncovered", check.program.source)[0]

    def measured(text: str) -> Mapping[str, float]:
        verdicts = {"updated": passed, "coverage": replace(passed, stdout=text)}
        return canitedit.measures(problem, code, verdicts)

    assert measured(printed.format(mark=mark)) == {}
    told = f"x\n{mark} uncovered: 3\n"
    assert measured(told) == measured(told + printed.format(mark=mark)) == {"excess_code": 1 / 6}


def test_a_program_that_ends_before_its_tests_does_not_pass(
    canitedit: FolderTask, sandbox: Sandbox
) -> None:
    problem = canitedit.problems()[0]
    verdicts = run(canitedit, sandbox, problem, "import sys\nsys.exit(0)\n")
    assert verdicts["updated"].outcome is Outcome.ERROR


def test_two_prompts(canitedit: FolderTask) -> None:
    for problem, row in zip(canitedit.problems(), ROWS, strict=True):
        assert problem.id == row["full_name"]
        for name, shown, hidden in (
            ("prompt", "instruction_descriptive", "instruction_lazy"),
            ("lazy", "instruction_lazy", "instruction_descriptive"),
        ):
            prompt = canitedit.prompt(problem, name)
            for text in (prompt.text, prompt.messages[0].content):
                assert row["before"] in text
                assert row[shown] in text
                assert row[hidden] not in text
                assert "START TESTS" not in text
            assert prompt.text == (
                f"## Code Before:\n{row['before']}\n## Instruction:\n{row[shown]}\n## Code After:\n"
            )


def test_parquet_is_the_same(canitedit: FolderTask, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "test-00000-of-00001.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    assert load_task("canitedit", path).problems() == canitedit.problems()
    path.write_text("no table")
    with pytest.raises(DataError, match="parquet' cannot be read"):
        load_task("canitedit", path).problems()


def test_without_data_it_says_what_to_name() -> None:
    with pytest.raises(DataError, match=r"nuprl/CanItEdit, or .* with --data PATH"):
        load_task("canitedit").problems()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tests": None}, "line 1: the field 'tests' is missing or no text"),
        ({"instruction_lazy": 5}, "line 1: the field 'instruction_lazy' is missing or no text"),
        ({"after": "def f(:"}, "line 1: the field 'after' is not Python"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({**ROWS[0], **change}))
    with pytest.raises(DataError, match=said):
        load_task("canitedit", tmp_path / "rows.jsonl").problems()
