"""Run folders for the tests of the report, written through the store as a run writes them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage, SampleRow
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.store import Store
from codeupdate.types import Arm, EditCost, Outcome, TestResult, Verdict

KINDS = ("function-renamed", "parameter-added", "parameter-order", "default-changed")
#: A completion that would take over a page which does not escape it.
HOSTILE = (
    "</pre></details><script>document.title='owned'</script>"
    "<img src=x onerror=\"document.title='owned'\">"
)
#: editor → share of problems it solves, share of unrelated problems it solves
ARMS = {"none": (0.08, 0.95), "docs": (0.62, 0.94), "lora": (0.85, 0.8), "random-ft": (0.0, 0.6)}
COSTS = {
    "docs": EditCost(0.0, 0, 0, 0),
    "lora": EditCost(1.73, 48 * 2**20, 73_728, 2_100),
    "random-ft": EditCost(3.4, 61 * 2**20, 1_250_304, 2_050),
}
PROVENANCE = {
    "codeupdate": "0.1.0",
    "revision": "0123abc",
    "started": "2026-01-31T10:15:00+00:00",
    "python": "3.11.7",
    "command": ["bin/codeupdate", "eval", "--editor", "none,docs,lora", "--set", "note=it's"],
    "model": "sha256:feed",
    "tasks": {"kit-update": "sha256:beef"},
    "editors": {"lora": {"rank": 8}},
    "sandbox": "local",
}


def write_run(
    folder: Path,
    *,
    arms: tuple[str, ...] = tuple(ARMS),
    tasks: tuple[str, ...] = ("kit-update", "humaneval"),
    n: int = 2,
    updates: int = 8,
    unjudged: int = 0,
    broken: int = 0,
    faulty: bool = False,
    hostile: str = "",
    model: str = "tiny",
    k: tuple[int, ...] = (),
    answered: bool = True,
    suspicions: tuple[str, ...] = (),
    settings: Mapping[str, object] = MappingProxyType({}),
    sampling: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> Path:
    """A run of ``updates`` updates with three problems each, the same for the same arguments.

    The last ``unjudged`` samples of every arm have no verdict and the ``broken`` ones before
    them a failure of the sandbox. ``faulty`` completions hold no code and are cut off,
    ``hostile`` stands at the end of all of them; without ``answered`` there is only a plan.
    ``suspicions`` are those of every sample of ``lora`` that passed; ``settings`` are given
    besides, ``sampling`` is the one in force of tasks.
    """
    asked = {"model": model, "protocol": "single", "n": n, "temperature": 0.8, **settings}
    config = {"config": asked, "k": list(k or (1, n))}
    provenance = {**PROVENANCE, "sampling": {task: dict(own) for task, own in sampling.items()}}
    with Store.create(folder, {**config, "provenance": provenance}) as store:
        for task in tasks:
            for editor in arms:
                _write_arm(store, task, Arm(model, editor), n, updates, answered=answered)
        if answered:
            _answer(store, n, unjudged, broken, suspicions, faulty=faulty, hostile=hostile)
    return folder


def made(folder: Path, **options: object) -> Result:
    """What is found in a run that is written now; for ``options`` see :func:`write_run`."""
    return read_result(write_run(folder, **options))  # type: ignore[arg-type]


def _write_arm(store: Store, task: str, arm: Arm, n: int, updates: int, *, answered: bool) -> None:
    update_ids = [f"u{number:02}" for number in range(updates)]
    for update in update_ids if arm.editor != "none" else ["all"]:
        questions = []
        for number, own in enumerate(update_ids):
            if update in (own, "all"):
                kind = KINDS[number % len(KINDS)] if task == "kit-update" else ""
                questions += [
                    PlannedQuestion("efficacy", task, f"{own}/{i}", own, kind, bool(kind))
                    for i in range(3)
                ]
        if task == "kit-update":
            questions += [
                PlannedQuestion("specificity", "kit-base", f"b{i}", f"b{i}") for i in range(6)
            ]
        stage = f"{task}/{arm.editor}/{update}"
        edited = arm.editor != "none"
        store.add_plan([PlannedStage(stage, task, arm, edited, n, tuple(questions))])
        if edited and answered:
            store.add_edit(stage, f"sha256:{stage}", COSTS[arm.editor])


def _answer(
    store: Store,
    n: int,
    unjudged: int,
    broken: int,
    suspicions: tuple[str, ...],
    *,
    faulty: bool,
    hostile: str,
) -> None:
    judgements: dict[tuple[str, Arm], list[tuple[Item, bool]]] = {}
    for stage in store.planned():
        judgements.setdefault((stage.task, stage.arm), []).extend(
            (found.item, found.outdated) for found in store.judgements(stage.stage, n)
        )
    for (_, arm), items in judgements.items():
        chance = random.Random(arm.editor)
        for place, (item, outdated) in enumerate(items):
            solved = chance.random() < ARMS[arm.editor][item.role == "specificity"]
            code = f"    return {'drop' if solved else 'take'}(xs, 2)\n"
            text = f"```python\n{code}```\n{hostile}"
            extraction = "none" if faulty else "fenced"
            prompt = f"# {item.problem} & <unit>\ndef answer(xs: list[int]) -> list[int]:\n"
            store.add_samples(
                [
                    SampleRow(
                        item, prompt, text, code, extraction, "length" if faulty else "stop", 40, 12
                    )
                ]
            )
            left = len(items) - place
            if left <= unjudged:
                continue
            if left <= unjudged + broken:
                store.add_verdict(item, "updated", Verdict("p", Outcome.INFRASTRUCTURE))
                continue
            bad = chance.choice([Outcome.FAILED, Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT])
            odd = suspicions if solved and arm.editor == "lora" else ()
            store.add_verdict(item, "updated", _verdict(Outcome.PASSED if solved else bad, odd))
            if solved and outdated:
                way_around = chance.random() < 0.1
                store.add_verdict(
                    item, "outdated", _verdict(Outcome.PASSED if way_around else Outcome.ERROR)
                )


def _verdict(outcome: Outcome, suspicions: tuple[str, ...] = ()) -> Verdict:
    passed = outcome is Outcome.PASSED
    message = "" if passed else "AssertionError: [1] != [1, 2]"
    return Verdict(
        "p",
        outcome,
        (TestResult("test_empty", Outcome.PASSED), TestResult("test_two", outcome, message)),
        detail=f"test_two: {message}" if message else "",
        seconds=0.02,
        calls={"kit.take": 1 if passed else 0},
        suspicions=suspicions,
    )
