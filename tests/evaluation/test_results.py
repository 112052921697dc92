"""From a run folder to numbers: every planned sample counts, and no fault of ours does."""

from __future__ import annotations

from pathlib import Path

import pytest

from codeupdate.evaluation.records import Item, PlannedQuestion, PlannedStage, SampleRow
from codeupdate.evaluation.results import read_result
from codeupdate.evaluation.store import Store
from codeupdate.types import Arm, EditCost, Outcome, Verdict

NONE, LORA = Arm("m", "none"), Arm("m", "lora")
P, F, I = Outcome.PASSED, Outcome.FAILED, Outcome.INFRASTRUCTURE  # noqa: E741
#: problem → outcome with the update, outcome without it, calls of the updated API
Judged = dict[str, tuple[Outcome, Outcome | None, int]]


def write(
    folder: Path,
    arms: dict[Arm, Judged],
    *,
    unrelated: dict[Arm, dict[str, Outcome]] | None = None,
    planned: tuple[str, ...] = ("u/1", "u/2", "v/1", "v/2"),
) -> Path:
    """A run with two updates u and v of two problems each; an arm's edits are per update."""
    with Store.create(folder, {"k": [1], "provenance": {}}) as store:
        for arm, judged in arms.items():
            edits = arm is not NONE
            by_stage: dict[str, list[str]] = {}
            for problem in planned:
                update = problem.split("/")[0]
                by_stage.setdefault(f"t/{arm.editor}/{update if edits else 'all'}", []).append(
                    problem
                )
            for stage, problems in by_stage.items():
                questions = [
                    PlannedQuestion(
                        *("efficacy", "t", p, p[0], "function-renamed", True),
                        groups={"library": p[0]},
                    )
                    for p in problems
                ]
                others = (unrelated or {}).get(arm, {})
                questions += [PlannedQuestion("specificity", "base", name, name) for name in others]
                store.add_plan([PlannedStage(stage, "t", arm, edits, 1, tuple(questions))])
                if edits:
                    store.add_edit(stage, "x", EditCost(2.0, 100, 10, 50))
                for problem in problems:
                    if problem in judged:
                        updated, outdated, calls = judged[problem]
                        answer(
                            store,
                            Item(stage, "efficacy", "t", problem, 0),
                            updated,
                            outdated,
                            calls,
                        )
                for name, outcome in others.items():
                    answer(store, Item(stage, "specificity", "base", name, 0), outcome, None, 0)
    return folder


def answer(
    store: Store, item: Item, updated: Outcome, outdated: Outcome | None, calls: int
) -> None:
    store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4)])
    store.add_verdict(item, "updated", Verdict("p", updated, seconds=0.5, calls={"k.f": calls}))
    if outdated:
        store.add_verdict(item, "outdated", Verdict("p", outdated, seconds=0.5))


def test_what_a_server_observed_is_added_up(tmp_path: Path) -> None:
    seen: list[dict[str, float]] = [{"price": 0.25, "cached_tokens": 7}, {"price": 0.5}, {}]
    arm = Arm("openai:m@http://h/v1", "none")
    with Store.create(tmp_path, {"k": [1], "provenance": {}}) as store:
        question = PlannedQuestion("efficacy", "t", "p", "p", "function-renamed", False)
        store.add_plan([PlannedStage("s", "t", arm, False, 3, (question,))])
        for index, observed in enumerate(seen):
            item = Item("s", "efficacy", "t", "p", index)
            store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4, (), observed)])
    cost = read_result(tmp_path).results[0].cost
    assert (cost.price, cost.cached_tokens, cost.prompt_tokens) == (0.75, 7, 9)


def test_metrics_of_a_finished_run(tmp_path: Path) -> None:
    run = write(
        tmp_path / "run",
        {
            NONE: {"u/1": (F, None, 0), "u/2": (P, P, 0), "v/1": (F, None, 0), "v/2": (F, None, 0)},
            LORA: {"u/1": (P, F, 1), "u/2": (P, P, 0), "v/1": (P, F, 2), "v/2": (F, None, 0)},
        },
        unrelated={NONE: {"b": P, "c": P}, LORA: {"b": P, "c": F}},
    )
    result = read_result(run)
    none, lora = result.results
    assert {name: found.value for name, found in lora.metrics.items()} == {
        "pass@1": 0.75,
        "upass@1": 0.5,
        "adoption": 0.5,
        "workarounds": 0.25,
        "extraction_failures": 0.0,
        "truncations": 0.0,
        "context_overflows": 0.0,
        "suspicious_passes": 0.0,
        "specificity": 0.5,
    }
    assert none.metrics["pass@1"].value == 0.25
    assert none.metrics["specificity"].value == 1.0
    assert lora.by_kind["function-renamed"]["pass@1"].value == 0.75
    assert list(lora.by) == ["library"]
    assert lora.by["library"]["u"]["pass@1"].value == 1.0
    assert lora.by["library"]["v"]["pass@1"].value == 0.5
    assert lora.outcomes == {"passed": 3, "failed": 1}
    assert (lora.problems, lora.samples, lora.cost.edits) == (4, 4, 2)
    assert (lora.cost.seconds_per_edit, lora.cost.tokens_trained) == (2.0, 50)
    assert (result.failures, result.unknown) == (0, 0)

    by_metric = {comparison.metric: comparison for comparison in result.comparisons}
    assert by_metric["pass@1"].difference.value == 0.5
    assert (by_metric["pass@1"].flips.positive, by_metric["pass@1"].flips.negative) == (2, 0)
    assert by_metric["upass@1"].difference.value == 0.5
    # Both updates broke c: two questions, in two clusters, against one of the baseline.
    assert by_metric["specificity"].difference.value == -0.5
    assert (by_metric["specificity"].questions, by_metric["specificity"].flips.negative) == (4, 1)


def test_a_task_names_the_check_that_decides_and_the_others_are_reported_beside(
    tmp_path: Path,
) -> None:
    questions = [
        PlannedQuestion("efficacy", "t", name, name, decisive="hidden") for name in ("a", "b", "c")
    ]
    judged = {"a": (P, P), "b": (F, P), "c": (P, None)}
    with Store.create(tmp_path / "run", {"k": [1], "provenance": {}}) as store:
        store.add_plan([PlannedStage("s", "t", NONE, False, 1, tuple(questions))])
        for name, (hidden, visible) in judged.items():
            item = Item("s", "efficacy", "t", name, 0)
            store.add_samples([SampleRow(item, "", "", "", "code", "stop", 3, 4)])
            store.add_verdict(item, "hidden", Verdict("p", hidden))
            if visible:
                store.add_verdict(item, "visible", Verdict("p", visible))
    (result,) = read_result(tmp_path / "run").results
    assert result.metrics["pass@1"].value == pytest.approx(2 / 3)
    assert result.outcomes == {"passed": 2, "failed": 1}
    visible = result.metrics["visible_pass@1"]
    assert (visible.value, visible.high) == (None, 1.0)  # one of them has not run yet


def test_what_was_not_judged_stays_in_the_denominator_as_unknown(tmp_path: Path) -> None:
    run = write(
        tmp_path / "run", {NONE: {"u/1": (P, F, 1), "u/2": (P, None, 1), "v/1": (I, None, 0)}}
    )
    result = read_result(run)
    [arm] = result.results
    assert arm.samples == 4
    assert arm.metrics["pass@1"].value is None  # v/1 is our failure, v/2 was never asked
    assert arm.metrics["upass@1"].value is None  # u/2 was not yet run without the update
    assert arm.outcomes == {"passed": 1, "unknown": 2, "infrastructure": 1}
    assert (result.failures, result.unknown) == (1, 2)


def test_json_is_plain(tmp_path: Path) -> None:
    import json

    run = write(tmp_path / "run", {NONE: {"u/1": (P, F, 1)}})
    data = json.loads(json.dumps(read_result(run).to_json()))
    assert data["results"][0]["arm"] == {
        "model": "m",
        "editor": "none",
        "strategy": "direct",
        "prompt": "prompt",
    }
    assert data["results"][0]["metrics"]["pass@1"]["value"] is None


def test_retention_is_known_at_every_look_and_at_the_end(tmp_path: Path) -> None:
    earlier = {2: {"u/1": P, "u/2": F}, 3: {"u/1": F, "u/2": F, "v/1": P, "v/2": F}}
    with Store.create(tmp_path / "run", {"k": [1], "provenance": {}}) as store:
        for step, update in enumerate("uvw", start=1):
            stage, asked = f"t/lora/{step}", earlier.get(step, {})
            questions = [PlannedQuestion("efficacy", "t", f"{update}/1", update)]
            questions += [PlannedQuestion("retention", "t", name, name[0]) for name in asked]
            store.add_plan([PlannedStage(stage, "t", LORA, True, 1, tuple(questions))])
            answer(store, Item(stage, "efficacy", "t", f"{update}/1", 0), P, None, 0)
            for name, outcome in asked.items():
                answer(store, Item(stage, "retention", "t", name, 0), outcome, None, 0)
    (arm,) = read_result(tmp_path / "run").results
    assert {taught: found.value for taught, found in arm.retention.items()} == {2: 0.5, 3: 0.25}
    assert arm.metrics["retention"].value == 0.25
    assert arm.metrics["pass@1"].value == 1.0
