"""One evaluation from end to end: prepare, plan, run, score.

Everything that can be wrong is found in ``prepare``, before a run folder exists; what
happens after that can be interrupted at any moment and continued with ``resume``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from codeupdate.editing import Editor, load_editor, setting_names
from codeupdate.errors import DataError, StoreError, UsageError
from codeupdate.evaluation.abreast import ArmWork
from codeupdate.evaluation.caching import kept_completions, through
from codeupdate.evaluation.config import RunConfig, run_config
from codeupdate.evaluation.engines import Engine, EngineOptions, LoadedBy, open_engine
from codeupdate.evaluation.execution import Execution, Listener
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Question, Stage, Subject, plan_stages
from codeupdate.evaluation.possible import check_answers_suffice
from codeupdate.evaluation.provenance import check_same, provenance
from codeupdate.evaluation.recording import load_configured, recording_notes
from codeupdate.evaluation.records import PlannedQuestion, PlannedStage
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.serving import check_serving
from codeupdate.evaluation.store import Store
from codeupdate.models import Model, settings_of
from codeupdate.models.completions import Completions
from codeupdate.models.loading import only_answers
from codeupdate.scoring import pass_at_k
from codeupdate.strategies import Around, load_strategy
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.hub import fetch
from codeupdate.tasks.schema import ArmSpec
from codeupdate.types import Arm, Environment, Problem, Sampling

__all__ = ["ArmPlan", "Prepared", "evaluate", "prepare", "resumed"]


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """One task under one arm, and its stages."""

    task: str
    arm: Arm
    editor: Editor
    sampling: Sampling
    stages: tuple[Stage, ...]
    loaded: LoadedBy | None  # where the editor was loaded by its name

    @property
    def samples(self) -> int:
        return self.sampling.n * sum(len(stage.questions) for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will be done, worked out without a model. ``notes`` are for a person to read."""

    config: RunConfig
    tasks: Mapping[str, FolderTask]  # those asked for, and those that show specificity
    arms: tuple[ArmPlan, ...]
    k: tuple[int, ...]
    notes: tuple[str, ...]
    model_settings: Mapping[str, Any]  # all that are in force, where it is loaded by its name

    @property
    def samples(self) -> int:
        return sum(arm.samples for arm in self.arms)

    @property
    def environments(self) -> set[str]:
        """The environments that the planned programs run in; none where nothing is run."""
        questions = _questions(self.arms)
        return {q.problem.environment for q in questions if q.problem.environment}

    @property
    def derived(self) -> dict[str, Environment]:
        """The environments that the tasks derive from their data, by name."""
        return {n: one for task in self.tasks.values() for n, one in task.environments().items()}


def prepare(
    config: RunConfig, *, model: Model | None = None, editors: Mapping[str, Editor] | None = None
) -> Prepared:
    """Load tasks and editors and plan every arm.

    ``model`` and ``editors`` (by name) are those that are at hand already: the names in
    ``config`` are then only what they are called.

    Raises:
        UsageError: a name or an option is wrong, or options do not go together.
        DataError: data are missing or malformed.
        EditError: the model has no weights for what an editor changes.
    """
    settings: Mapping[str, Any] = {}
    if model is None:
        settings = settings_of(config.model, config.model_settings).model_dump(mode="json")
    elif config.model_settings:
        raise UsageError(f"the model '{config.model}' is loaded already; set it up in load_model")
    strategies = [load_strategy(name) for name in config.strategies]
    unknown = sorted(set(config.data) - set(config.tasks))
    tasks = {name: _load(name, config) for name in config.tasks}
    specificity = {task.spec.specificity.task for task in tasks.values() if task.spec.specificity}
    if stray := [name for name in unknown if name not in specificity]:
        raise UsageError(
            f"--data names the task '{stray[0]}', which is not evaluated; "
            f"evaluated are: {', '.join(config.tasks)}"
        )
    named = [name for name in config.editors if name not in (editors or {})]
    specs = [_arm_spec(task, name) for task in tasks.values() for name in named]
    _check_settings(config, specs)
    if model is None and only_answers(config.model):
        planned = [spec.editor for spec in specs]
        check_answers_suffice(config.model, planned, strategies, config.include)
    notes: list[str] = []
    arms: list[ArmPlan] = []
    for name in config.tasks:
        task = tasks[name]
        unrelated: Sequence[Problem] = ()
        edits = any(_arm_spec(task, e).editor != "none" for e in config.editors)
        if task.spec.specificity and edits:
            try:
                wanted = task.spec.specificity.task
                other = tasks.get(wanted) or _load(wanted, config)
                unrelated = _unrelated(task, other)
                tasks[wanted] = other  # only once its data are there
            except DataError as error:
                notes.append(f"specificity of '{name}' is not measured: {error}")
        subject = Subject(
            problems=_chosen(task, config),
            updates=task.updates(),
            specificity=unrelated,
            per_update=task.spec.specificity.per_update if task.spec.specificity else None,
        )
        if edits:
            notes += _unchanged(subject, config)
        sampling = _sampling(task, config)
        for editor_name in config.editors:
            for strategy in strategies:
                arms.append(
                    _arm(config, task, subject, sampling, editor_name, strategy.name, editors or {})
                )
    for task in tasks.values():
        for strategy in strategies:
            strategy.check(task)
    check_serving(config.model, model, settings, [arm.editor for arm in arms], strategies)
    if model is None:
        notes += recording_notes(config, tasks, (q.problem for q in _questions(arms)))
    least = min(arm.sampling.n for arm in arms)
    ks = config.k or tuple(sorted({1, least}))
    for k in ks:
        pass_at_k(least, 0, k)  # refuses what cannot be estimated
    return Prepared(config, tasks, tuple(arms), ks, tuple(notes), settings)


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
    with open_engine(
        engine,
        config,
        model=model,
        load=lambda: load_configured(config, list(prepared.tasks.values())),
        environments=sorted(prepared.environments),
        derived=prepared.derived,
        note=listener.note,
    ) as place:
        place.announce([arm.editor for arm in prepared.arms])
        facts = provenance(
            model=place.model.fingerprint,
            model_settings=prepared.model_settings,
            tasks={name: task.fingerprint for name, task in prepared.tasks.items()},
            editors={
                arm.arm.editor: arm.editor.settings_for(getattr(place.model, "family", "default"))
                for arm in prepared.arms
            },
            strategy=",".join(config.strategies),
            sandbox=place.sandbox.name,
        )
        facts["packages"] |= place.packages
        with (
            _open_store(prepared, facts, output, resume) as store,
            kept_completions(cache and place.keeps, place.model, listener.note) as completions,
        ):
            store.add_plan(
                [_planned(prepared, arm, s) for arm in prepared.arms for s in arm.stages]
            )
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
        StoreError: there is no run in it.
    """
    with Store.open(folder) as store:
        return run_config(**store.config()["config"])


# ------------------------------------------------------------------------ prepare


def _load(name: str, config: RunConfig) -> FolderTask:
    place = config.data.get(name)
    if place is None:
        return load_task(name, include=config.include)
    if place.startswith("hub:"):
        source = load_task(name, include=config.include).spec.data.hub
        if source is None:
            raise UsageError(f"the data of task '{name}' is not on the hub; use --data PATH")
        return load_task(name, fetch(source, place.removeprefix("hub:")), config.include)
    return load_task(name, Path(place).expanduser(), config.include)


def _chosen(task: FolderTask, config: RunConfig) -> list[Problem]:
    problems = list(task.problems())
    if config.ids is not None:
        known = {problem.id for problem in problems}
        if missing := [name for name in config.ids if name not in known]:
            raise UsageError(f"the task '{task.name}' has no problem '{missing[0]}' (--ids)")
        problems = [problem for problem in problems if problem.id in config.ids]
    if config.limit_updates is not None:
        updates = list(dict.fromkeys(p.update for p in problems if p.update))
        if not updates:
            raise UsageError(f"the task '{task.name}' has no updates to limit; use --limit")
        count = min(config.limit_updates, len(updates))
        # Evenly spread, because files are often sorted by what the updates are about.
        kept = {updates[i * len(updates) // count] for i in range(count)}
        problems = [problem for problem in problems if problem.update in kept]
    return problems[: config.limit]


def _unrelated(task: FolderTask, other: FolderTask) -> Sequence[Problem]:
    problems = other.problems()
    spec = task.spec.specificity
    if spec is None or spec.ids is None:
        return problems
    chosen = set(task.listed_ids(spec.ids))
    found = [problem for problem in problems if problem.id in chosen]
    if len(found) != len(chosen):
        raise DataError(
            f"'{spec.ids}' names {len(chosen)} problems of '{other.name}' and {len(found)} of "
            "them are in its data"
        )
    return found


def _unchanged(subject: Subject, config: RunConfig) -> Iterator[str]:
    """A note on problems that need no update: they make every difference between arms smaller."""
    count = sum(problem.update is None for problem in subject.problems)
    if count:
        when = "after no edit" if config.protocol == "single" else "after all edits"
        yield (
            f"{count} of the {len(subject.problems)} problems of '{subject.problems[0].task}' need "
            f"no update; arms that edit are asked them {when}"
        )


def _sampling(task: FolderTask, config: RunConfig) -> Sampling:
    given = {
        "n": config.n,
        "temperature": config.temperature,
        "top_p": config.top_p,
        "max_tokens": config.max_tokens,
    }
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(task.sampling, **values, seed=config.seed)


def _arm(
    config: RunConfig,
    task: FolderTask,
    subject: Subject,
    sampling: Sampling,
    name: str,
    strategy: str,
    editors: Mapping[str, Editor],
) -> ArmPlan:
    spec = _arm_spec(task, name)
    settings = {**spec.settings, **_own_settings(spec, config)}
    loaded = None if name in editors else LoadedBy(spec.editor, settings)
    editor = editors.get(name) or load_editor(spec.editor, include=config.include, **settings)
    stages = plan_stages(
        f"{task.name}/{name}" if strategy == "direct" else f"{task.name}/{name}/{strategy}",
        subject,
        protocol=config.protocol,
        edits=spec.editor != "none",
        seed=config.seed,
        lesson=lambda problem: task.lesson(problem, spec.teach),
    )
    arm = Arm(config.model, name, strategy, config.prompt)
    return ArmPlan(task.name, arm, editor, sampling, tuple(stages), loaded)


def _label(arm: Arm, config: RunConfig) -> str:
    return arm.editor if len(config.strategies) == 1 else f"{arm.editor}, {arm.strategy}"


def _arm_spec(task: FolderTask, name: str) -> ArmSpec:
    """``name`` is an arm that the task defines, or an editor."""
    return task.spec.arms.get(name) or ArmSpec(editor=name)


def _own_settings(spec: ArmSpec, config: RunConfig) -> dict[str, object]:
    """Those of ``--set`` that the arm's editors have."""
    known = setting_names(spec.editor, config.include)
    return {key: value for key, value in config.settings.items() if key in known}


def _check_settings(config: RunConfig, arms: Sequence[ArmSpec]) -> None:
    """Every setting has to be somebody's: one that is not is a typing error."""
    known: set[str] = set().union(*(setting_names(a.editor, config.include) for a in arms))
    if stray := [key for key in config.settings if key not in known]:
        plain = sorted(name for name in known if "." not in name)
        raise UsageError(
            f"--set {stray[0]}: none of the editors has this setting; "
            f"they have: {', '.join(plain) or 'none'}"
        )


# ---------------------------------------------------------------------------- run


def _questions(arms: Sequence[ArmPlan]) -> Iterator[Question]:
    return (question for arm in arms for stage in arm.stages for question in stage.questions)


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


def _open_store(
    prepared: Prepared, facts: Mapping[str, Any], output: Path | None, resume: Path | None
) -> Store:
    if resume is not None:
        store = Store.open(resume)
        check_same(store.config()["provenance"], facts, str(resume))
        return store
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
