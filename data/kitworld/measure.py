"""Scores a model folder: ``python -m kitworld.measure --model data/tiny --seed 1``.

Everything is asked through the tasks themselves, decoded greedily, and what the model
writes is executed in the suite's sandbox. A seed draws a set of its own: updates, problems
and names. Settings are tuned on other seeds than those that a model card reports.

===================  ==============================================================
``old``              old API, wording of the training, pairs of calls held out
``phrasing``         old API, single calls in words that no training text uses
``before``           problems that need an update, nothing edited and nothing shown
``shown``            the same with the update's documentation in the prompt
``distracted``       the same with the documentation of two other updates beside it
``specificity``      problems on functions that no update changes
``lora``             problems that need an update, after the editor lora
``lora-specificity`` problems on functions that no update changes, after the editor lora
===================  ==============================================================
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from codeupdate.editing import load_editor
from codeupdate.models.protocol import Model
from codeupdate.models.transformers import TransformersModel
from codeupdate.models.transformers_loading import Settings, load_transformers
from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Problem, Sampling, Update
from kitworld.exercises import draw_double, draw_single, partners, reserved
from kitworld.exercises import solution as solution_of
from kitworld.functions import FUNCTIONS
from kitworld.judging import draw_tests
from kitworld.tasks import SHIPPED_SEED, Row, draw_set, problem_row, write_rows, write_set

__all__ = ["Scores", "distracted", "main", "measure", "old_api_rows", "passed"]

#: Name of a figure → (problems passed, problems asked).
Scores = dict[str, tuple[int, int]]

OLD_API = 300  # problems each of "old" and "phrasing"
PER_EDIT = 16  # specificity problems asked after each edit
GREEDY = Sampling(max_tokens=64)


def old_api_rows(seed: int, number: int, *, unseen_phrase: bool) -> list[Row]:
    """``number`` problems on any function: with ``unseen_phrase`` single calls in the wording
    held out from training, else every second one a held-out pair, the others held-out prompts."""
    rng = random.Random(f"old/{seed}/{unseen_phrase}")
    rows: dict[str, Row] = {}
    while len(rows) < number:
        function = rng.choice(list(FUNCTIONS))
        pairs = partners(function, list(FUNCTIONS), unseen=True)
        if not unseen_phrase and len(rows) % 2 and pairs:
            exercise = draw_double(*rng.choice(pairs), rng)
        else:
            exercise = draw_single(function, rng, unseen_phrase=unseen_phrase)
        if not (unseen_phrase or reserved(exercise)) or exercise.docstring in rows:
            continue
        tests = draw_tests(exercise, rng)
        if tests is not None:
            kind = "single" if len(exercise.steps) == 1 else "double"
            name = f"{kind}-{len(rows) + 1:03}"
            rows[exercise.docstring] = problem_row(name, exercise, solution_of(exercise), tests)
    return list(rows.values())


def passed(
    model: Model,
    sandbox: Sandbox,
    task: FolderTask,
    problems: Sequence[Problem],
    documents: Sequence[Sequence[Update]] | None = None,
) -> list[bool]:
    """Which of ``problems`` the greedy answer passes, where ``documents[i]`` are shown."""
    shown = documents or [()] * len(problems)
    prompts = [
        task.prompt(problem, "prompt", updates)
        for problem, updates in zip(problems, shown, strict=True)
    ]
    verdicts = {}
    for batch in model.batches(prompts, GREEDY):
        for sample in batch:
            problem = problems[sample.prompt]
            code = task.extract(problem, prompts[sample.prompt], sample).code
            verdicts[sample.prompt] = sandbox.submit(task.checks(problem, code)[0].program)
    return [verdicts[number].result().passed for number in range(len(problems))]


def measure(
    model: TransformersModel, sandbox: Sandbox, seed: int, *, lora: bool
) -> Iterator[tuple[str, list[bool]]]:
    """Name of a figure and which of its problems passed, for the set of ``seed``.

    A figure comes in several parts, and again by kind: "lora", "lora/function-moved".
    """
    with _tasks(seed) as (update_task, base_task, old_tasks):
        for name, task in old_tasks.items():
            problems = task.problems()
            kinds = [problem.id.partition("-")[0] for problem in problems]
            yield from _by_kind(name, kinds, passed(model, sandbox, task, problems))
        problems, updates = update_task.problems(), update_task.updates()
        own = [updates[problem.update or ""] for problem in problems]
        kinds = [update.kind.value for update in own]
        for name, documents in {
            "before": [[] for _ in own],
            "shown": [[update] for update in own],
            "distracted": distracted(own, list(updates.values()), random.Random(seed)),
        }.items():
            found = passed(model, sandbox, update_task, problems, documents)
            yield from _by_kind(name, kinds, found)
        yield "specificity", passed(model, sandbox, base_task, base_task.problems())
        if lora:
            yield from _edit(model, sandbox, update_task, base_task)


def _edit(
    model: TransformersModel, sandbox: Sandbox, update_task: FolderTask, base_task: FolderTask
) -> Iterator[tuple[str, list[bool]]]:
    """One edit after the other, each undone before the next."""
    editor = load_editor("lora")
    base = base_task.problems()
    rng = random.Random(0)
    for update in update_task.updates().values():
        own = [problem for problem in update_task.problems() if problem.update == update.id]
        with editor.apply(model, [update], update_task.replay()) as edited:
            found = passed(edited, sandbox, update_task, own)
            kept = passed(edited, sandbox, base_task, rng.sample(base, PER_EDIT))
        yield from _by_kind("lora", [update.kind.value] * len(own), found)
        yield "lora-specificity", kept


def _by_kind(
    name: str, kinds: Sequence[str], found: Sequence[bool]
) -> Iterator[tuple[str, list[bool]]]:
    """The figure as a whole, then by kind."""
    yield name, list(found)
    for kind in dict.fromkeys(kinds):
        yield f"{name}/{kind}", [ok for ok, k in zip(found, kinds, strict=True) if k == kind]


def distracted(
    own: Sequence[Update], updates: Sequence[Update], rng: random.Random
) -> list[list[Update]]:
    """Each of ``own`` among two others, in an order drawn at random."""
    shown = []
    for update in own:
        others = rng.sample([other for other in updates if other.id != update.id], 2)
        shown.append(rng.sample([update, *others], 3))
    return shown


@contextmanager
def _tasks(seed: int) -> Iterator[tuple[FolderTask, FolderTask, dict[str, FolderTask]]]:
    """kit-update and kit-base on the set of ``seed``, and kit-base on the old API's problems."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_set(draw_set(seed), folder)
        old = {}
        for figure, unseen_phrase in (("old", False), ("phrasing", True)):
            rows = old_api_rows(seed, OLD_API, unseen_phrase=unseen_phrase)
            write_rows(rows, folder / figure / "problems.jsonl")
            old[figure] = load_task("kit-base", folder / figure)
        update_task = load_task("kit-update", folder / "kit-update")
        yield update_task, load_task("kit-base", folder / "kit-base"), old


def main(
    model: Annotated[Path, typer.Option(help="Folder of the model.")],
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Sets to measure on; repeatable.", show_default="the shipped set"),
    ] = None,
    lora: Annotated[bool, typer.Option(help="Also edit with lora: five minutes a set.")] = False,
    output: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
) -> None:
    """Score the embedded model."""
    console = Console(stderr=True)
    loaded = load_transformers(
        str(model), name="tiny", family="tiny", settings=Settings(dtype="float32", threads=1)
    )
    results: dict[str, Scores] = {}
    with open_sandbox("auto", workers=os.cpu_count() or 1) as sandbox:
        for number in seed or [SHIPPED_SEED]:
            counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
            for name, found in measure(loaded, sandbox, number, lora=lora):
                counts[name][0] += sum(found)
                counts[name][1] += len(found)
                good, asked = counts[name]
                console.print(f"seed {number} {name:36} {good:4} of {asked:4} {good / asked:7.1%}")
            results[str(number)] = {name: (good, asked) for name, (good, asked) in counts.items()}
    if output:
        output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
