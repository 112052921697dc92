"""Writes the data of the tasks kit-update and kit-base: ``python -m kitworld.tasks``.

A *set* is one draw: 24 updates, four of each kind, on functions of their own; problems and
training examples for each; problems on functions that nothing of the set trains on
(specificity); and examples on a third group of functions, to be replayed while editing.
The shipped set is drawn from one seed. Settings are tuned on sets from other seeds.

``--one-token`` draws another kind of set, twelve renames of functions and of parameters
whose new name is one syllable and so one token: what locate-and-edit methods were made for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from codeupdate.types import ChangeKind
from kitworld.changes import KINDS, Change, documentation, draw_change, kinds_of
from kitworld.exercises import (
    Exercise,
    draw_double,
    draw_single,
    partners,
    prompt_text,
    reserved,
    solution,
)
from kitworld.functions import FUNCTIONS
from kitworld.judging import PREAMBLE, draw_tests, passes
from kitworld.names import SYLLABLES, draw_name
from kitworld.patches import new_version

__all__ = [
    "SHIPPED_SEED",
    "KitSet",
    "draw_set",
    "main",
    "problem_row",
    "write_rows",
    "write_set",
]

SHIPPED_SEED = 20_260
PER_KIND = 4
ONE_TOKEN_KINDS = (ChangeKind.FUNCTION_RENAMED, ChangeKind.PARAMETER_RENAMED)
ONE_TOKEN_PER_KIND = 6
PROBLEMS = 10  # for each update
SINGLES = 4  # of these with one call
PARTNERS = 2  # reserved pairs that a changed function must have, for those with two
EXAMPLES = 96  # for each update
SPECIFICITY_FUNCTIONS = 14
SPECIFICITY = 80
TRIES = 50  # to draw a new exercise with one function
REPLAY = 192

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KitSet:
    """One set, as rows of its four files, and the roles of the functions in it."""

    updates: list[Row]
    problems: list[Row]
    specificity: list[Row]
    replay: list[Row]
    changes: dict[str, Change]  # by id of the update
    untouched: list[str]  # functions of the specificity problems
    replayed: list[str]


def draw_set(seed: int, *, one_token: bool = False) -> KitSet:
    """Draw a set; the same one for the same seed."""
    rng = random.Random(seed)
    while True:
        changes = _draw_changes(rng, one_token)
        changed = {change.function for change in changes.values()}
        rest = [name for name in FUNCTIONS if name not in changed]
        # Problems with two calls need an unchanged function to go with the changed one.
        if all(len(partners(name, rest, unseen=True)) >= PARTNERS for name in changed):
            break
    rng.shuffle(rest)
    untouched, replayed = rest[:SPECIFICITY_FUNCTIONS], rest[SPECIFICITY_FUNCTIONS:]
    updates, problems = [], []
    for identifier, change in changes.items():
        updates.append(_update_row(identifier, change, replayed, rng))
        problems += _problems_of(identifier, change, rest, rng)
    return KitSet(
        updates=updates,
        problems=problems,
        specificity=_specificity(untouched, rng),
        replay=_replay(replayed, rng),
        changes=changes,
        untouched=untouched,
        replayed=replayed,
    )


def _draw_changes(rng: random.Random, one_token: bool) -> dict[str, Change]:
    """So many changes of each kind, each on a function of its own, with a name of its own."""
    kinds, per_kind = (ONE_TOKEN_KINDS, ONE_TOKEN_PER_KIND) if one_token else (KINDS, PER_KIND)
    changes: dict[str, Change] = {}
    free, names = list(FUNCTIONS), set()
    rng.shuffle(free)
    # The kinds that few functions allow choose first.
    for kind in sorted(
        kinds, key=lambda kind: sum(kind in kinds_of(f) for f in FUNCTIONS.values())
    ):
        for function in [name for name in free if kind in kinds_of(FUNCTIONS[name])][:per_kind]:
            free.remove(function)
            # No text that the model was trained on has a name of one syllable.
            while (
                name := rng.choice(SYLLABLES) if one_token else draw_name(rng, unseen=True)
            ) in names:
                pass
            names.add(name)
            changes[f"{function}-{kind.value}"] = draw_change(FUNCTIONS[function], kind, name, rng)
    return changes


def _update_row(
    identifier: str, change: Change, replayed: Sequence[str], rng: random.Random
) -> Row:
    version = new_version(change)
    examples = _texts(
        lambda: _draw(change.function, replayed, rng, double=rng.random() < 0.5, unseen=False,
                      default_only=change.kind is ChangeKind.DEFAULT_CHANGED),
        EXAMPLES,
        {change.function: change},
    )  # fmt: skip
    return {
        "id": identifier,
        "package": "kit",
        "api": f"kit.{change.function}",
        "kind": change.kind.value,
        "summary": version.summary,
        "signature_before": f"kit.{FUNCTIONS[change.function].signature}",
        "signature_after": version.signature,
        "documentation": documentation(change),
        "setup": "",
        "patch": version.patch,
        "watch": [version.path],
        "examples": examples,
    }


def _problems_of(
    identifier: str, change: Change, others: Sequence[str], rng: random.Random
) -> list[Row]:
    """Problems that the solution passes with the patch only, and the old solution without only."""
    default_only = change.kind is ChangeKind.DEFAULT_CHANGED
    patch = new_version(change).patch
    rows: list[Row] = []
    while len(rows) < PROBLEMS:
        double = len(rows) >= SINGLES
        exercise = _draw(
            change.function, others, rng, double=double, unseen=True, default_only=default_only
        )
        prompt, answer = prompt_text(exercise), solution(exercise, {change.function: change})
        tests = draw_tests(exercise, rng)
        known = any(row["fields"]["docstring"] == exercise.docstring for row in rows)
        if tests is None or known:
            continue
        old = prompt + solution(exercise)
        new = prompt + answer
        if passes(new, tests, patch) and not passes(new, tests) and not passes(old, tests, patch):
            name = f"{identifier}-{len(rows) + 1:02}"
            rows.append(problem_row(name, exercise, answer, tests, identifier))
    return rows


def _specificity(untouched: Sequence[str], rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    able, failed = list(untouched), 0
    while len(rows) < SPECIFICITY:
        function = able[len(rows) % len(able)]
        exercise = _draw(function, untouched, rng, double=rng.random() < 0.5, unseen=True)
        tests = draw_tests(exercise, rng)
        known = any(row["fields"]["docstring"] == exercise.docstring for row in rows)
        if tests is not None and not known:
            name = f"base-{len(rows) + 1:03}"
            rows.append(problem_row(name, exercise, solution(exercise), tests))
            failed = 0
        else:
            failed += 1
            if failed == TRIES:  # few wordings are reserved for it, and all are drawn
                able.remove(function)
                failed = 0
    return rows


def _replay(replayed: Sequence[str], rng: random.Random) -> list[Row]:
    return _texts(
        lambda: _draw(rng.choice(replayed), replayed, rng, double=rng.random() < 0.5, unseen=False),
        REPLAY,
        {},
    )


def _draw(
    function: str,
    others: Sequence[str],
    rng: random.Random,
    *,
    double: bool,
    unseen: bool,
    default_only: bool = False,
) -> Exercise:
    """An exercise with ``function``, from the reserved ones if ``unseen``, else from the rest.

    Where no other function fits, it has one call.
    """
    pairs = partners(function, others, unseen=unseen)
    while True:
        if double and pairs:
            exercise = draw_double(*rng.choice(pairs), rng, default_only=default_only)
        else:
            exercise = draw_single(function, rng, default_only=default_only)
        if reserved(exercise) == unseen:
            return exercise


def _texts(draw: Any, number: int, changes: dict[str, Change]) -> list[Row]:
    """``number`` different training examples, and what was right before ``changes``."""
    rows: dict[str, Row] = {}
    while len(rows) < number:
        exercise = draw()
        prompt = prompt_text(exercise)
        row = {"prompt": prompt, "completion": solution(exercise, changes)}
        rows[prompt] = row | {"legacy": solution(exercise)} if changes else row
    return list(rows.values())


def problem_row(
    identifier: str,
    exercise: Exercise,
    answer: str,
    tests: Sequence[str],
    update: str | None = None,
) -> Row:
    """One row of a problems file."""
    return {
        "id": identifier,
        "fields": {
            "name": exercise.name,
            "args": list(exercise.args),
            "docstring": exercise.docstring,
        },
        "entry_point": exercise.name,
        "reference": answer,
        "tests": [{"name": f"input {n}", "source": test} for n, test in enumerate(tests, start=1)],
        "environment": "kit",
        "update": update,
        "preamble": PREAMBLE,
    }


def write_set(kit_set: KitSet, data: Path) -> None:
    """Write the files of a set into ``data``/kit-update and ``data``/kit-base."""
    files: dict[str, list[Row]] = {
        "kit-update/updates": kit_set.updates,
        "kit-update/problems": kit_set.problems,
        "kit-update/replay": kit_set.replay,
        "kit-base/problems": kit_set.specificity,
    }
    for name, rows in files.items():
        write_rows(rows, data / f"{name}.jsonl")


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def main(
    output: Annotated[Path, typer.Option(help="Folder for kit-update/ and kit-base/.")],
    seed: Annotated[int, typer.Option(help="Which set to draw.")] = SHIPPED_SEED,
    one_token: Annotated[
        bool, typer.Option("--one-token", help="Renames to names of one token, and nothing else.")
    ] = False,
) -> None:
    """Write the updates, problems and examples of the fictional library kit."""
    write_set(draw_set(seed, one_token=one_token), output)


if __name__ == "__main__":
    typer.run(main)
