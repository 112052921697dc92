"""What an evaluation is going to do, worked out before a model is loaded or a folder made.

Everything that can be wrong with what was asked for is found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codeupdate.editing import Editor, load_editor, setting_names
from codeupdate.errors import DataError, UsageError
from codeupdate.evaluation.config import RunConfig
from codeupdate.evaluation.engines import LoadedBy
from codeupdate.evaluation.plan import Question, Stage, Subject, arm_path, plan_stages
from codeupdate.evaluation.possible import check_answers_suffice
from codeupdate.evaluation.recording import recording_notes
from codeupdate.evaluation.serving import check_serving
from codeupdate.models import Model, settings_of
from codeupdate.models.loading import only_answers
from codeupdate.scoring import pass_at_k
from codeupdate.strategies import load_strategy
from codeupdate.tasks import FolderTask, load_task
from codeupdate.tasks.hub import fetch
from codeupdate.tasks.schema import ArmSpec
from codeupdate.types import Arm, Environment, Problem, Sampling

__all__ = ["ArmPlan", "Prepared", "prepare"]


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
        UsageError: a name or an option is wrong, options do not go together, or nothing is
            asked.
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
        subject, remarks = _subject(task, tasks, config)
        notes += remarks
        sampling = _sampling(task, config)
        for editor_name in config.editors:
            for strategy in strategies:
                arms.append(
                    _arm(config, task, subject, sampling, editor_name, strategy.name, editors or {})
                )
    for question in {q.problem.task: q for q in _questions(arms)}.values():
        tasks[question.problem.task].prompt(question.problem, config.prompt)
    for task in tasks.values():
        for strategy in strategies:
            strategy.check(task)
    check_serving(config.model, model, settings, [arm.editor for arm in arms], strategies)
    if model is None:
        notes += recording_notes(config, tasks, (q.problem for q in _questions(arms)))
    least = min(arm.sampling.n for arm in arms)
    ks = tuple(sorted(set(config.k or (1, least))))
    for k in ks:
        pass_at_k(least, 0, k)  # refuses what cannot be estimated
    return Prepared(config, tasks, tuple(arms), ks, tuple(notes), settings)


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


def _subject(
    task: FolderTask, tasks: dict[str, FolderTask], config: RunConfig
) -> tuple[Subject, list[str]]:
    """What of ``task`` is asked, and notes on it. The task that shows specificity is added to
    ``tasks``."""
    notes: list[str] = []
    unrelated: Sequence[Problem] = ()
    spec = task.spec.specificity
    edits = any(_arm_spec(task, name).editor != "none" for name in config.editors)
    if spec and edits:
        try:
            other = tasks.get(spec.task) or _load(spec.task, config)
            unrelated = _unrelated(task, other)
            tasks[spec.task] = other  # only once its data are there
        except DataError as error:
            notes.append(f"specificity of '{task.name}' is not measured: {error}")
    subject = Subject(
        problems=_chosen(task, config),
        updates=task.updates(),
        specificity=unrelated,
        per_update=spec.per_update if spec else None,
    )
    if edits:
        notes += _unchanged(subject, config)
    return subject, notes


def _chosen(task: FolderTask, config: RunConfig) -> list[Problem]:
    problems = list(task.problems())
    if config.ids is not None:
        known = {problem.id for problem in problems}
        if missing := [name for name in config.ids if name not in known]:
            raise UsageError(f"the task '{task.name}' has no problem '{missing[0]}' (--ids)")
        problems = [problem for problem in problems if problem.id in config.ids]
        if not problems:
            raise UsageError(f"--ids names no problem of the task '{task.name}'; name one at least")
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
    arm = Arm(config.model, name, strategy, config.prompt)
    stages = plan_stages(
        arm_path(task.name, arm),
        subject,
        protocol=config.protocol,
        edits=spec.editor != "none",
        seed=config.seed,
        lesson=lambda problem: task.lesson(problem, spec.teach),
    )
    return ArmPlan(task.name, arm, editor, sampling, tuple(stages), loaded)


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


def _questions(arms: Sequence[ArmPlan]) -> Iterator[Question]:
    return (question for arm in arms for stage in arm.stages for question in stage.questions)
