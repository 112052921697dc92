"""The shipped model: its size, its recipe, what it knows before an edit, and its card."""

import json
import re

import pytest
from kitworld.train import Recipe, batches

from codeupdate import plugins
from codeupdate.models import Model, load_model
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Problem, Sampling

FOLDER = plugins.data_folder() / "tiny"
HISTORY = json.loads((FOLDER / "training.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tiny() -> Model:
    return load_model("tiny")


def answers(
    model: Model, task: FolderTask, problems: list[Problem], *, documented: bool = False
) -> list[str]:
    updates = task.updates()
    prompts = [
        task.prompt(problem, "prompt", [updates[problem.update or ""]] if documented else [])
        for problem in problems
    ]
    found = {
        sample.prompt: sample
        for batch in model.batches(prompts, Sampling(max_tokens=64))
        for sample in batch
    }
    assert all(sample.finish_reason == "stop" for sample in found.values())
    return [found[number].text for number in range(len(problems))]


def test_it_is_small_and_stored_in_bfloat16() -> None:
    from safetensors import safe_open

    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 8 * 1000**2
    with safe_open(FOLDER / "model.safetensors", "pt") as weights:
        names = list(weights.keys())
        assert {str(weights.get_tensor(name).dtype) for name in names} == {"torch.bfloat16"}
        assert sum(weights.get_tensor(name).numel() for name in names) == HISTORY["parameters"]


def test_it_was_trained_by_the_recipe_that_is_here() -> None:
    """How many tokens a step has depends on every text before it: the corpus is the same."""
    recipe = HISTORY["recipe"]
    assert Recipe(**recipe) == Recipe()
    assert HISTORY["cpu_seconds"] <= 40 * 60
    steps = {entry["step"]: entry["tokens"] for entry in HISTORY["log"]}
    done, seen = [0.0], 0
    for step, batch in enumerate(batches(recipe["seed"], done), start=1):
        seen += batch.ids.numel()
        done[0] = min(seen / recipe["tokens"], 1.0)
        if step in steps:
            assert steps[step] == seen
        if step == max(steps):
            break


def test_it_solves_what_needs_no_update(tiny: Model) -> None:
    task = load_task("kit-base")
    problems = list(task.problems())
    right = [
        answer == problem.reference
        for answer, problem in zip(answers(tiny, task, problems), problems, strict=True)
    ]
    assert sum(right) >= 0.95 * len(problems)


def test_it_knows_no_update_and_reads_documentation(tiny: Model) -> None:
    task = load_task("kit-update")
    problems = list(task.problems())
    references = [problem.reference for problem in problems]
    before = answers(tiny, task, problems)
    assert not set(map(str.__eq__, before, references)) - {False}
    shown = answers(tiny, task, problems, documented=True)
    assert sum(map(str.__eq__, shown, references)) >= 0.7 * len(problems)


def test_the_card_says_what_the_training_cost() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{HISTORY['cpu_seconds']} CPU-seconds", card)
