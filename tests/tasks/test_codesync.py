"""CodeSync on rows of our own: in the authors' form, and in the form that is executed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import codeupdate as cu
from codeupdate.errors import DataError
from codeupdate.plugins import load_module
from codeupdate.sandbox import NoSandbox, open_sandbox
from codeupdate.tasks import FolderTask, load_task, task_folders
from codeupdate.tasks.validation import validate
from codeupdate.types import ChangeKind, Sample
from tests.shared import sandbox_or_skip

SIGNATURES = {
    "updated_signature": "ponds.stock(pond, fish, *, count=1)",
    "outdated_signature": "ponds.stock(pond, fish, count, net=None)",
}
CONTEXT = "def fill(pond):\n    if pond.empty:\n        ponds.stock"
PUBLISHED = [
    {"API_path": "ponds.stock", "question": CONTEXT, "answer": "(pond, 'carp', count=3)", **SIGNATURES},
    {
        "API_path": "ponds.stock",
        "question": f"{CONTEXT}\n(pond, 'carp', 3, net=None)",
        "answer": "(pond, 'carp', count=3)",
        **SIGNATURES,
    },
    {
        "API_path": "ponds.stock",
        "question": CONTEXT,
        "A": "(pond, 'carp', 3)",
        "B": "('carp', pond, count=3)",
        "C": "(pond, 'carp', count=3)",
        "D": "(pond, count=3)",
        "answer": "C",
    },
    {
        "API_path": "ponds.stock",
        "context": "ponds.stock",
        "updated_code": "(small, 'roach', count=2)",
        "outdated_code": "(small, 'roach', 2)",
    },
]  # fmt: skip
OWN = [
    {
        "id": "scale-cct",
        "family": "cct",
        "api": "scales.weigh",
        "context": "import scales\n\ntotal = scales.weigh",
        "answer": "([1, 2], unit='kg')",
        "after": "\nassert total == '3 kg'",
        "environment": "scales-new",
        "outdated_environment": "scales-old",
    },
    {
        "id": "scale-ect",
        "family": "ect",
        "api": "scales.weigh",
        "context": "import scales\n\ntotal = scales.weigh",
        "outdated": "([1, 2], 'kg')",
        "answer": "([1, 2], unit='kg')",
        "environment": "scales-new",
        "outdated_environment": "scales-old",
    },
]
NEW = """
import warnings

def weigh(parts, _unit=None, *, unit=None):
    if _unit:
        warnings.warn('give unit by name', DeprecationWarning, stacklevel=2)
    return f'{sum(parts)} {unit or _unit}'
"""
OLD = "def weigh(parts, _unit):\n    return f'{sum(parts)} {_unit}'\n"


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def published(tmp_path: Path) -> FolderTask:
    """A folder of files, as the authors' engine writes them."""
    for number, row in enumerate(PUBLISHED):
        write(tmp_path / "data" / f"part{number}" / "ponds-stock.jsonl", [row])
    return load_task("codesync", tmp_path / "data")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A plugin root with ``scales`` in two versions, an environment each."""
    environments = tmp_path / "root" / "sandbox" / "environments"
    for version, source in (("new", NEW), ("old", OLD)):
        library = tmp_path / "root" / version
        library.mkdir(parents=True)
        (library / "scales.py").write_text(source)
        environments.mkdir(parents=True, exist_ok=True)
        (environments / f"scales-{version}.yaml").write_text(
            f"summary: scales, {version}.\npaths: [{version}]\n"
        )
    return tmp_path / "root"


def test_the_families_are_told_apart_by_their_fields(published: FolderTask) -> None:
    problems = published.problems()
    assert [p.id for p in problems] == [f"{f}/ponds.stock/1" for f in ("cct", "ect", "mcq")]
    assert [p.environment for p in problems] == ["", "", ""]
    (update,) = published.updates().values()
    assert (update.package, update.kind) == ("ponds", ChangeKind.PARAMETER_REMOVED)
    assert update.signature_after == SIGNATURES["updated_signature"]
    assert [(e.prompt, e.completion) for e in update.examples] == [
        ("ponds.stock", "(small, 'roach', count=2)")
    ]


def test_references_are_perfect_and_nothing_is_run(published: FolderTask) -> None:
    found = validate(published, published.problems(), NoSandbox(), lambda _: None)
    assert found.faults == ()
    assert found.passed == 3


def test_a_reference_that_is_none_is_a_fault(tmp_path: Path) -> None:
    row = {**PUBLISHED[0], "answer": "nothing"}
    task = load_task("codesync", write(tmp_path / "rows.jsonl", [row]))
    found = validate(task, task.problems(), NoSandbox(), lambda _: None)
    assert found.passed == 1  # it is compared with itself
    row = {**PUBLISHED[0], "answer": "of (a) and (b)"}
    task = load_task("codesync", write(tmp_path / "rows.jsonl", [row]))
    found = validate(task, task.problems(), NoSandbox(), lambda _: None)
    assert {fault.what for fault in found.faults} == {"measure"}


def test_the_answer_is_not_in_the_prompt_and_the_completion_goes_on_where_the_call_begins(
    published: FolderTask,
) -> None:
    cct, ect, mcq = published.problems()
    assert published.prompt(cct, "prompt").text == CONTEXT
    assert published.prompt(ect, "prompt").text.endswith("of ponds\nstock")
    assert published.prompt(mcq, "prompt").text.endswith("# Answer:")
    for problem in (cct, ect):
        prompt = published.prompt(problem, "prompt")
        assert problem.reference not in prompt.text + prompt.messages[0].content
    asked = published.prompt(mcq, "prompt").messages[0].content
    assert "C. (pond, 'carp', count=3)" in asked and "current version of `ponds`?" in asked
    update = published.updates()["ponds.stock"]
    for problem in (cct, ect, mcq):
        shown = published.prompt(problem, "prompt", [update])
        assert SIGNATURES["updated_signature"] in shown.text
        assert SIGNATURES["updated_signature"] in shown.messages[0].content


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(pond, 'carp')", "(pond, 'carp')"),
        (" (pond, f(')'), [1, (2)])\n    print(1)", "(pond, f(')'), [1, (2)])"),
        ("```python\nponds.stock(a,\n    b)\n```\nThat works (I think).", "(a,\n    b)"),
        ("The call stock(old) is wrong; it is stock(new, x=1).", "(new, x=1)"),
        ("<think>stock(no)</think>\n(yes)", "(yes)"),
        ("<think>stock(no), or perhaps", None),
        ("(inner, stock(2))", "(inner, stock(2))"),
        ("(never closed\nx = 1", "(never closed"),
        ("no idea", None),
    ],
)
def test_arguments_are_found(text: str, found: str | None) -> None:
    answers = load_module(task_folders()["codesync"] / "answers.py")
    assert answers.arguments(text, "stock") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C", "C"),
        ("**B**", "B"),
        ("D. (pond, count=3)", "D"),
        ("A call needs a pond. The answer is C.", "C"),
        ("[Answer] B", "B"),
        ("<think>A? B?</think>I choose (D)", "D"),
        ("<think>The answer is A", None),
        ("Options A and C use the old keyword, so the answer is B.", "B"),
        ("Looking at option A, it is outdated.\n\nAnswer: C", "C"),
        ("Option A is outdated.\n\n**Answer:**\n\nC. (pond, count=3)", "C"),
        ("Is the answer A? No, `fish` is missing. The answer is D.", "D"),
        ("Option A is outdated, so I take option C.", "C"),
        ("C\n\nThe answer is not A, which is outdated.", "C"),
        ("It depends.", None),
        ("", None),
    ],
)
def test_letters_are_found(text: str, found: str | None) -> None:
    answers = load_module(task_folders()["codesync"] / "answers.py")
    assert answers.letter(text, "ABCD") == found


def test_measures_by_family(published: FolderTask) -> None:
    cct, ect, mcq = published.problems()
    outdated = "(pond, 'carp', 3)"
    measured = published.measures(cct, outdated, {})
    assert measured.keys() == {"cct_bleu", "cct_rouge_l", "cct_relative_edit_distance"}
    assert 0 < measured["cct_bleu"] < 1
    assert measured["cct_relative_edit_distance"] == 6 / 23  # "count=", of 23 characters
    assert published.measures(ect, ect.reference, {})["ect_rouge_l"] == 1
    assert published.measures(mcq, "C", {}) == {"mcq": 1}
    assert published.measures(mcq, "A", {}) == {"mcq": 0}


def test_a_call_is_executed_where_the_api_is_new_and_where_it_is_old(
    world: Path, tmp_path: Path
) -> None:
    sandbox_or_skip("local")
    task = load_task("codesync", write(tmp_path / "own.jsonl", OWN), [world])
    with open_sandbox("local", workers=1, include=[world]) as sandbox:
        found = validate(task, task.problems(), sandbox, lambda _: None)
        assert found.faults == ()

        def measured(code: str) -> tuple[float, float]:
            problem, verdicts = task.problems()[0], {}
            for check in task.checks(problem, code):
                if check.needs is None or verdicts[check.needs].passed:
                    verdicts[check.name] = sandbox.submit(check.program).result()
            values = task.measures(problem, code, verdicts)
            return values["cct"], values["cct_only_new"]

        assert measured("([1, 2], unit='kg')") == (1, 1)
        assert measured("([1, 2], 'kg')") == (0, 0)  # it works, and the library warns
        assert measured("([1, 2])") == (0, 0)


def test_a_call_that_works_in_both_shows_nothing(world: Path, tmp_path: Path) -> None:
    sandbox_or_skip("local")
    (world / "old" / "scales.py").write_text(NEW)
    task = load_task("codesync", write(tmp_path / "own.jsonl", OWN), [world])
    with open_sandbox("local", workers=1, include=[world]) as sandbox:
        found = validate(task, task.problems(), sandbox, lambda _: None)
    assert {fault.what for fault in found.faults} == {"update"}


def test_evaluated_together_each_family_has_its_own_numbers(world: Path, tmp_path: Path) -> None:
    sandbox_or_skip("local")
    data = write(tmp_path / "rows.jsonl", [*PUBLISHED, *OWN])
    result = cu.evaluate(
        "reference", "codesync", data=data, include=[world], n=3, k=[1, 3], sandbox="local",
        output=tmp_path / "run", progress=False,
    ).result  # fmt: skip
    (arm,) = result.results
    assert arm.problems == 5
    for name in ("mcq_pass@1", "mcq_pass@3", "cct_pass@1", "ect_only_new_pass@3", "cct_bleu"):
        assert arm.metrics[name].value == pytest.approx(1), name
    assert arm.metrics["ect_relative_edit_distance"].value == 0
    assert not [name for name in arm.metrics if name.startswith(("pass@", "updated", "outdated"))]


def test_edited_without_the_data_of_humaneval_specificity_is_a_note(
    published: FolderTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEUPDATE_CACHE", str(tmp_path / "cache"))
    evaluation = cu.evaluate(
        "reference", "codesync", data=published.data, editor=["none", "docs"], n=1,
        output=tmp_path / "run", progress=False,
    )  # fmt: skip
    none, docs = evaluation.result.results
    assert "specificity" not in docs.metrics
    assert docs.metrics["cct_bleu"].value == pytest.approx(1)
    compared = {found.metric for found in evaluation.result.comparisons}
    assert {"cct_bleu", "ect_relative_edit_distance", "mcq_pass@1"} <= compared
    assert set(none.by_kind) == {"parameter-removed"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": "x"}, "line 1: there is no text 'API_path'"),
        ({"API_path": "a.b", "question": "x"}, "line 1: there is no text 'answer'"),
        ({**PUBLISHED[2], "answer": "E"}, "line 1: the answer 'E' is none of its options"),
        ({**OWN[0], "family": "xyz"}, "line 1: family: "),
        ({**OWN[0], "colour": "blue"}, "line 1: colour: "),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_task("codesync", write(tmp_path / "rows.jsonl", [row])).problems()


def test_what_cannot_be_extracted_stays_as_it_came(published: FolderTask) -> None:
    cct = published.problems()[0]
    sample = Sample(0, 0, "I do not know", 1, 1, "stop")
    found = published.extract(cct, published.prompt(cct, "prompt"), sample)
    assert (found.code, found.outcome) == ("I do not know", "none")
    assert (
        published.extract(cct, published.prompt(cct, "prompt"), replace(sample, text="(1)")).outcome
        == "text"
    )
