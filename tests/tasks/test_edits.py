"""The edits set: references pass, what was there before does not, and kinds are what they say."""

from __future__ import annotations

import difflib
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from codeupdate.errors import DataError
from codeupdate.sandbox import open_sandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Outcome, Problem, Sample, Verdict
from tests.shared import sandbox_or_skip

FOLDER = Path(__file__).parents[2] / "data" / "edits"
ONE_PLACE = 4  # changes with no more unchanged lines than this between them are at one place


@pytest.fixture(scope="module")
def edits() -> FolderTask:
    return load_task("edits")


def extracted(task: FolderTask, problem: Problem, answer: str) -> str:
    prompt = task.prompt(problem, "prompt")
    return task.extract(problem, prompt, Sample(0, 0, answer, 0, 0, "stop")).code


def before(problem: Problem) -> str:
    return str(problem.fields["file_before"])


def after(problem: Problem) -> str:
    return (FOLDER / problem.id / "after.py").read_text()


def hunks(problem: Problem) -> list[tuple[str, int, int]]:
    """Tag, first and last line in the file before of every difference."""
    matcher = difflib.SequenceMatcher(
        None, before(problem).splitlines(), after(problem).splitlines(), autojunk=False
    )
    return [(tag, i, j) for tag, i, j, _, _ in matcher.get_opcodes() if tag != "equal"]


def places(problem: Problem) -> int:
    found = hunks(problem)
    apart = [b[1] - a[2] > ONE_PLACE for a, b in pairwise(found)]
    return 1 + sum(apart)


def test_there_are_enough_of_every_kind(edits: FolderTask) -> None:
    kinds = Counter(problem.fields["kind"] for problem in edits.problems())
    assert set(kinds) == {"insert", "delete", "change", "multi-place"}
    assert min(kinds.values()) >= 15
    card = (edits.folder / "README.md").read_text()
    for kind, count in kinds.items():
        assert f"| {kind} | {count} |" in card
    assert f"{len(edits.problems())} problems" in card


def test_the_kind_is_what_the_reference_does(edits: FolderTask) -> None:
    for problem in edits.problems():
        tags, several = {tag for tag, _, _ in hunks(problem)}, places(problem) > 1
        match problem.fields["kind"]:
            case "insert":
                assert tags == {"insert"} and not several, problem.id
            case "delete":
                assert tags == {"delete"}, problem.id
            case "change":
                assert tags not in ({"insert"}, {"delete"}) and not several, problem.id
            case _:
                assert tags != {"delete"} and several, problem.id


@pytest.fixture(scope="module")
def verdicts(edits: FolderTask) -> Iterator[dict[tuple[str, str], Verdict]]:
    """Of every problem: what its tests say of the file before and of the reference."""
    sandbox_or_skip("local")
    running: dict[tuple[str, str], Future[Verdict]] = {}
    with open_sandbox("local", workers=2) as sandbox:
        for problem in edits.problems():
            reference = extracted(edits, problem, problem.reference)
            for which, code in (("before", before(problem)), ("after", reference)):
                (check,) = edits.checks(problem, code)
                running[problem.id, which] = sandbox.submit(check.program)
        yield {key: future.result() for key, future in running.items()}


def test_every_reference_passes(verdicts: dict[tuple[str, str], Verdict]) -> None:
    failed = {k: v.detail for k, v in verdicts.items() if k[1] == "after" and not v.passed}
    assert failed == {}
    assert not any(verdict.suspicions for verdict in verdicts.values())


def test_before_the_edit_exactly_the_guards_pass(
    edits: FolderTask, verdicts: dict[tuple[str, str], Verdict]
) -> None:
    for problem in edits.problems():
        names = [test.name for test in problem.tests]
        new = [name for name in names if name.startswith("new_")]
        assert len(new) >= 2, problem.id
        assert len(new) < len(names), problem.id
        results = verdicts[problem.id, "before"].tests
        passed = [test.name for test in results if test.outcome is Outcome.PASSED]
        assert passed == [name for name in names if name.startswith("kept_")], problem.id


def test_no_test_is_left_out(edits: FolderTask) -> None:
    for problem in edits.problems():
        source = (FOLDER / problem.id / "tests.py").read_text()
        assert [test.name for test in problem.tests] == re.findall(
            r"^def ((?:new|kept)_\w+)\(\):$", source, re.MULTILINE
        )
        assert not re.search(r"^def test|^    def (new|kept)_", source, re.MULTILINE), problem.id


def test_files_have_a_realistic_length(edits: FolderTask) -> None:
    for problem in edits.problems():
        assert 30 <= len(before(problem).splitlines()) <= 120, problem.id
        assert before(problem).endswith("\n") and "```" not in before(problem) + after(problem)


def test_no_two_problems_are_alike(edits: FolderTask) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+|[^\w\s]", text)
        return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}

    files = {problem.id: runs(before(problem)) for problem in edits.problems()}
    asked = {problem.id: runs(str(problem.fields["instruction"])) for problem in edits.problems()}
    for texts in (files, asked):
        for one, other in combinations(texts, 2):
            shared = len(texts[one] & texts[other])
            assert shared < 0.25 * min(len(texts[one]), len(texts[other])), (one, other)
    names = [problem.fields["file_name"] for problem in edits.problems()]
    assert len(set(names)) == len(names)


def test_a_prompt_shows_file_and_instruction_and_not_the_solution(edits: FolderTask) -> None:
    for problem in edits.problems():
        prompt = edits.prompt(problem, "prompt")
        (message,) = prompt.messages
        for text in (prompt.text, message.content):
            for field in ("file_before", "file_name", "instruction"):
                assert str(problem.fields[field]) in text
            assert after(problem) not in text


ANSWERS = {
    "a fence": "Here it is:\n```python\n{}```\nI added a check.",
    "thoughts and a fence": "<think>\n```python\nx = 1\n```\n</think>\n```\n{}```",
    "bare code": "{}",
    "an unclosed fence": "```python\n{}",
    "the file and how to use it": "```python\n{}```\nUse it:\n```python\nprint(1)\n```",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_whole_file_is_found_in_an_answer(edits: FolderTask, answer: str) -> None:
    for problem in edits.problems():
        found = extracted(edits, problem, answer.format(after(problem)))
        # Bare code begins at its first statement: a docstring above it is prose.
        assert after(problem).rstrip().endswith(found.rstrip())
        assert len(found) > 0.6 * len(after(problem))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER / "roman-strict", tmp_path / "mine" / "roman"))


def test_other_problems_can_be_named(copy: Path) -> None:
    (problem,) = load_task("edits", copy.parent).problems()
    assert problem.id == "roman"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("problem.yaml", "kind: [", "problem.yaml' cannot be read as YAML"),
        ("problem.yaml", "file: a.py\nkind: other\ninstruction: x\n", "problem: kind: input"),
        ("problem.yaml", "file: a.py\nkind: insert\n", "instruction: field required"),
        ("after.py", "def f(:\n", "after.py' has code that is not Python"),
        ("tests.py", "x = 1\n", "tests.py' defines no function"),
        ("before.py", None, "before.py' cannot be read"),
    ],
)
def test_a_faulty_problem_is_named(copy: Path, file: str, text: str | None, said: str) -> None:
    if text is None:
        (copy / file).unlink()
    else:
        (copy / file).write_text(text)
    with pytest.raises(DataError, match=said):
        load_task("edits", copy.parent).problems()
