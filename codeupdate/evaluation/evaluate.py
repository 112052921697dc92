"""One evaluation from end to end: what was prepared is run and scored.

It can be interrupted at any moment and continued with ``resume``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from codeupdate.errors import StoreError
from codeupdate.evaluation.abreast import ArmWork
from codeupdate.evaluation.caching import kept_completions, through
from codeupdate.evaluation.config import RunConfig, run_config
from codeupdate.evaluation.described import check_is_run, description
from codeupdate.evaluation.engines import Engine, EngineOptions, open_engine
from codeupdate.evaluation.execution import Execution, Listener
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Stage
from codeupdate.evaluation.prepare import ArmPlan, Prepared
from codeupdate.evaluation.provenance import check_same, not_the_same, provenance
from codeupdate.evaluation.recording import load_configured
from codeupdate.evaluation.records import PlannedQuestion, PlannedStage
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.sources import sources
from codeupdate.evaluation.store import Store, check_unused
from codeupdate.models import Model
from codeupdate.models.completions import Completions
from codeupdate.strategies import Around, load_strategy
from codeupdate.types import Arm

__all__ = ["evaluate", "resumed"]


def evaluate(
    prepared: Prepared,
    *,
    listener: Listener,
    engine: EngineOptions,
    output: Path | None = None,
    resume: Path | None = None,
    model: Model | None = None,
    cache: bool = True,
) -> Result:
    """Run what was prepared, into a new folder or continuing the run in ``resume``.

    ``cache``: take completions that earlier runs have kept, and keep what is generated.

    Raises:
        ModelError, EditError, SandboxUnavailable, ClusterError, StoreError: see their docstrings.
    """
    config = prepared.config
    facts = provenance(
        model_settings=prepared.model_settings,
        tasks={name: task.fingerprint for name, task in prepared.tasks.items()},
        sources=sources(prepared),
        strategy=",".join(config.strategies),
        sampling={arm.task: arm.sampling for arm in prepared.arms},
    )
    plan = [_planned(prepared, arm, stage) for arm in prepared.arms for stage in arm.stages]
    if output is not None:
        check_unused(output)
    with ExitStack() as opened:
        store = opened.enter_context(_continued(facts, plan, resume)) if resume else None
        place = opened.enter_context(
            open_engine(
                engine,
                config,
                model=model,
                load=lambda: load_configured(config, list(prepared.tasks.values())),
                environments=sorted(prepared.environments),
                derived=prepared.derived,
                note=listener.note,
            )
        )
        place.announce([arm.editor for arm in prepared.arms])
        family = getattr(place.model, "family", "default")
        facts |= {
            "model": place.model.fingerprint,
            "editors": {
                arm.arm.editor: dict(arm.editor.settings_for(family)) for arm in prepared.arms
            },
            "sandbox": place.sandbox.name,
            "packages": {**facts["packages"], **place.packages},
        }
        if store is None:
            store = opened.enter_context(_created(prepared, facts, output))
        else:
            held = store.config()["provenance"]
            check_same(held, facts, str(resume))
            if differs := not_the_same(held, facts):
                listener.note(differs)
        completions = opened.enter_context(
            kept_completions(cache and place.keeps, place.model, listener.note)
        )
        store.add_plan(plan)
        store.forget_infrastructure()
        execution = Execution(
            tasks=prepared.tasks,
            sandbox=place.sandbox,
            store=store,
            listener=listener,
            in_flight=place.in_flight,
        )
        place.run(
            [_work(prepared, arm, place, execution, completions) for arm in prepared.arms],
            execution,
        )
        folder = store.folder
    return read_result(folder)


def resumed(folder: Path) -> RunConfig:
    """The configuration of the run in ``folder``.

    Raises:
        StoreError: there is no run in it, or it does not say what was asked for.
    """
    check_is_run(folder)
    asked = description(folder).get("config")
    if asked is None:
        raise StoreError(
            f"the run in '{folder}' cannot be continued: its config.json does not say what was "
            "asked for; start a new run"
        )
    return run_config(**asked)


def _label(arm: Arm, config: RunConfig) -> str:
    return arm.editor if len(config.strategies) == 1 else f"{arm.editor}, {arm.strategy}"


def _work(
    prepared: Prepared,
    arm: ArmPlan,
    place: Engine,
    execution: Execution,
    completions: Completions | None,
) -> ArmWork:
    config = prepared.config
    editor, strategy = place.there(arm.editor, arm.loaded, load_strategy(arm.arm.strategy))
    return ArmWork(
        task=arm.task,
        label=_label(arm.arm, config),
        pipeline=Pipeline(
            prompt=config.prompt,
            strategy=strategy,
            sampling=arm.sampling,
            execution=execution,
            through=through(completions, arm.loaded.name if arm.loaded else None, config.include),
        ),
        editor=editor,
        stages=arm.stages,
        replay=prepared.tasks[arm.task].replay(),
    )


@contextmanager
def _continued(
    facts: Mapping[str, Any], plan: Sequence[PlannedStage], folder: Path
) -> Iterator[Store]:
    """The store of the run in ``folder``, where what is known before there is a model fits it."""
    with Store.open(folder) as store:
        check_same(store.config()["provenance"], facts, str(folder))
        store.check_plan(plan)
        yield store


def _created(prepared: Prepared, facts: Mapping[str, Any], output: Path | None) -> Store:
    folder = output or _new_folder(prepared)
    return Store.create(
        folder,
        {
            "config": prepared.config.model_dump(mode="json"),
            "k": list(prepared.k),
            "tasks": {
                name: {
                    "measures": [
                        {"name": measure, **declared.model_dump()}
                        for measure, declared in task.spec.measures.items()
                    ],
                    "measuring": list(task.spec.measuring),
                }
                for name, task in prepared.tasks.items()
            },
            "observed": _observed(prepared.config.strategies),
            "provenance": dict(facts),
        },
    )


def _observed(strategies: Sequence[str]) -> list[dict[str, str]]:
    """What the strategies observe of samples, as the store keeps it."""
    found: dict[str, tuple[str, str]] = {}
    for name in strategies:
        strategy = load_strategy(name)
        found |= strategy.observed if isinstance(strategy, Around) else {}
    return [{"name": n, "unit": unit, "better": better} for n, (unit, better) in found.items()]


def _new_folder(prepared: Prepared) -> Path:
    """``runs/TIME-MODEL-TASKS`` in the current folder."""
    config = prepared.config
    model = "".join(c if c.isalnum() or c in "-." else "-" for c in config.model).strip("-")
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{model[-40:]}-{'-'.join(config.tasks)[:60]}"
    folder = Path("runs") / name
    if folder.exists():
        raise StoreError(f"the run folder '{folder}' exists already; name another with --output")
    return folder


def _planned(prepared: Prepared, arm: ArmPlan, stage: Stage) -> PlannedStage:
    questions = []
    for question in stage.questions:
        problem = question.problem
        task = prepared.tasks[problem.task]
        update = task.updates()[problem.update] if problem.update else None
        questions.append(
            PlannedQuestion(
                role=question.role,
                task=problem.task,
                problem=problem.id,
                cluster=question.cluster,
                kind=task.kind(problem),
                groups=task.groups(problem),
                outdated=bool(update and update.patch),
                decisive=task.spec.decisive or "",
                update=problem.update or "",
            )
        )
    return PlannedStage(
        stage.id, arm.task, arm.arm, bool(stage.updates), arm.sampling.n, tuple(questions)
    )
