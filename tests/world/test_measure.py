"""What the embedded model is measured on, and how an answer is judged."""

import random
from dataclasses import replace

import pytest
from kitworld.functions import FUNCTIONS
from kitworld.measure import distracted, old_api_rows, passed
from kitworld.splits import held_out

from codeupdate.models import Model, load_model
from codeupdate.sandbox import open_sandbox
from codeupdate.tasks import load_task
from tests.shared import sandbox_or_skip


def called(reference: str) -> list[str]:
    return [part.split("(")[0] for part in reference.split("kit.")[1:]]


def test_old_api_problems_are_held_out() -> None:
    rows = old_api_rows(3, 40, unseen_phrase=False)
    doubles = [row for row in rows if row["id"].startswith("double")]
    assert len(doubles) > 10
    for row in rows:
        functions = called(row["reference"])
        if row in doubles:
            assert held_out("pair", ">".join(functions), 5)
        else:
            assert held_out(
                "prompt", f"{tuple(row['fields']['args'])} {row['fields']['docstring']}", 8
            )
    assert old_api_rows(3, 40, unseen_phrase=False) == rows
    assert old_api_rows(4, 40, unseen_phrase=False) != rows


def test_held_out_phrasings_are_asked_in() -> None:
    for row in old_api_rows(3, 40, unseen_phrase=True):
        (function,) = called(row["reference"])
        words = FUNCTIONS[function].phrases.unseen.split("{")[0].split()
        assert all(
            word in row["fields"]["docstring"].lower()
            for word in words
            if word not in ("item", "items")
        )


def test_distractors_are_two_others_in_any_order() -> None:
    updates = list(load_task("kit-update").updates().values())
    shown = distracted(updates, updates, random.Random(0))
    for update, some in zip(updates, shown, strict=True):
        assert update in some
        assert len({other.id for other in some}) == 3
    assert len({some.index(update) for update, some in zip(updates, shown, strict=True)}) == 3


def test_an_answer_counts_when_it_passes_with_the_update() -> None:
    sandbox_or_skip("local")
    task = load_task("kit-update")
    problems = task.problems()[:3]
    wrong = replace(problems[1], reference="    return None\n")
    knows: Model = load_model("reference", problems=[problems[0], wrong, problems[2]])
    with open_sandbox("local", workers=1) as sandbox:
        assert passed(knows, sandbox, task, problems) == [True, False, True]


@pytest.mark.parametrize("kind", ["single", "double"])
def test_both_numbers_of_calls_are_counted(kind: str) -> None:
    rows = old_api_rows(3, 40, unseen_phrase=False)
    some = [row for row in rows if row["id"].startswith(kind)]
    assert all(len(called(row["reference"])) == (1 if kind == "single" else 2) for row in some)
    assert some
