"""The shipped problem sets: what they contain, and that the world still makes them."""

from collections import Counter
from pathlib import Path

import pytest
from kitworld.changes import KINDS
from kitworld.exercises import Exercise, prompt_text
from kitworld.judging import passes
from kitworld.tasks import SHIPPED_SEED, draw_set, write_set

from codeupdate import plugins
from codeupdate.tasks import load_task
from codeupdate.types import Problem

UPDATE_TASK = load_task("kit-update")
BASE_TASK = load_task("kit-base")
PROBLEMS = UPDATE_TASK.problems()
UPDATES = UPDATE_TASK.updates()


def without_steps(problem: Problem) -> Exercise:
    fields = problem.fields
    args = fields["args"]
    assert isinstance(args, list)
    return Exercise(str(fields["name"]), tuple(args), str(fields["docstring"]), ())


def test_the_shipped_files_come_from_the_seed(tmp_path: Path) -> None:
    write_set(draw_set(SHIPPED_SEED), tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.jsonl"))
    assert len(written) == 4
    for path in written:
        assert (tmp_path / path).read_bytes() == (plugins.data_folder() / path).read_bytes(), path


def test_what_the_set_contains() -> None:
    assert Counter(update.kind for update in UPDATES.values()) == dict.fromkeys(KINDS, 4)
    assert Counter(problem.update for problem in PROBLEMS) == dict.fromkeys(UPDATES, 10)
    assert all(len(update.examples) >= 24 for update in UPDATES.values())
    assert len(BASE_TASK.problems()) == 80


def test_examples_say_what_was_right_before_the_update() -> None:
    for update in UPDATES.values():
        for example in update.examples:
            assert example.legacy not in {"", example.completion}
            assert example.legacy.count("\n") == example.completion.count("\n")
    assert all(example.legacy == "" for example in UPDATE_TASK.replay())  # nothing changed there


@pytest.mark.parametrize("identifier", UPDATES)
def test_references_pass_with_the_patch_and_fail_without(identifier: str) -> None:
    patch = UPDATES[identifier].patch
    for problem in PROBLEMS:
        if problem.update == identifier:
            source = UPDATE_TASK.prompt(problem, "prompt").text + problem.reference
            tests = [test.source for test in problem.tests]
            assert passes(source, tests, patch), problem.id
            assert not passes(source, tests), problem.id


def test_references_on_unchanged_functions_pass_in_every_world() -> None:
    for problem in BASE_TASK.problems():
        source = BASE_TASK.prompt(problem, "prompt").text + problem.reference
        tests = [test.source for test in problem.tests]
        assert passes(source, tests), problem.id
    patches = [update.patch for update in UPDATES.values()]
    last = BASE_TASK.problems()[-1]
    source = BASE_TASK.prompt(last, "prompt").text + last.reference
    for patch in patches:
        assert passes(source, [test.source for test in last.tests], patch)


def test_templates_write_the_prompts_that_the_model_was_trained_on() -> None:
    for number, problem in enumerate(PROBLEMS):
        updates = list(UPDATES.values())[number % 24 :][: number % 4]
        lines = [update.documentation for update in updates]
        expected = prompt_text(without_steps(problem), lines)
        assert UPDATE_TASK.prompt(problem, "prompt", updates).text == expected
    for problem in BASE_TASK.problems():
        assert BASE_TASK.prompt(problem, "prompt").text == prompt_text(without_steps(problem))


def test_training_examples_are_apart_from_every_problem() -> None:
    asked = {problem.fields["docstring"] for problem in (*PROBLEMS, *BASE_TASK.problems())}
    examples = [example for update in UPDATES.values() for example in update.examples]
    for example in (*examples, *UPDATE_TASK.replay()):
        docstring = example.prompt.split('"""')[1]
        assert docstring not in asked


def test_nothing_trains_on_the_functions_of_kit_base() -> None:
    drawn = draw_set(SHIPPED_SEED)
    changed = {change.function for change in drawn.changes.values()}
    untouched, replayed = set(drawn.untouched), set(drawn.replayed)
    assert not untouched & changed
    assert not untouched & replayed
    assert not replayed & changed
    examples = [example for update in UPDATES.values() for example in update.examples]
    for example in (*examples, *UPDATE_TASK.replay()):
        for function in untouched:
            assert f"kit.{function}(" not in example.completion
    for problem in BASE_TASK.problems():
        calls = {part.split("(")[0] for part in problem.reference.split("kit.")[1:]}
        assert calls <= untouched


def test_another_seed_gives_another_set() -> None:
    other = draw_set(1)
    assert {row["documentation"] for row in other.updates}.isdisjoint(
        update.documentation for update in UPDATES.values()
    )
