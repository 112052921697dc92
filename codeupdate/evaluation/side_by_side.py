"""Several runs as one: all of their arms side by side, and which is compared with which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from codeupdate.errors import UsageError
from codeupdate.evaluation.comparing import Comparison, Unpaired, compare_pairs, unpaired
from codeupdate.evaluation.flips import Flip, find_flips
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.results import ArmResult, Result, read_result
from codeupdate.evaluation.rows import ArmRows, read_arms
from codeupdate.types import Arm

__all__ = ["SideBySide", "one_run", "side_by_side"]

#: What decides how the problems of a run are asked.
HOW_ASKED = ("protocol", "prompt", "n", "temperature", "top_p", "max_tokens")


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The arms of one run or several, and their comparisons.

    Where two runs have the same arm, the models are named with their run. ``names``: run
    folder → its arms as the run has them → as they are named here. ``unpaired``: what could
    not be compared, though both arms of a pair have it.
    """

    runs: tuple[Result, ...]
    results: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...]
    flips: tuple[Flip, ...]  # the arms are named as here, the items as in their runs
    names: Mapping[Path, Mapping[Arm, Arm]]
    differing: tuple[str, ...]  # tasks that are not the same in all runs
    unpaired: tuple[Unpaired, ...]
    asked: Mapping[str, tuple[frozenset[str], ...]]  # task → its problems in each run that has it
    #: Task → which of ``HOW_ASKED`` differ → their value in each run that has the task.
    settings: Mapping[str, Mapping[str, tuple[Any, ...]]]

    def folder(self, arm: Arm) -> Path:
        """The run that an arm comes from."""
        return next(run for run, named in self.names.items() if arm in named.values())

    def same_problems(self, task: str) -> bool:
        """Whether all runs that have ``task`` were asked the same problems of it: only then what
        their arms reached can be ranked."""
        return len(set(self.asked[task])) == 1

    def in_common(self, task: str) -> int:
        """How many problems of ``task`` all runs that have it were asked."""
        return len(frozenset.intersection(*self.asked[task]))

    def to_json(self) -> dict[str, Any]:
        """What ``codeupdate compare --json`` prints, without the flips."""
        return {
            "runs": [str(run.run) for run in self.runs],
            "results": [{"run": str(self.folder(one.arm)), **asdict(one)} for one in self.results],
            "comparisons": [asdict(one) for one in self.comparisons],
            "unpaired": [asdict(one) for one in self.unpaired],
            "differing_tasks": list(self.differing),
            "differing_settings": {task: dict(found) for task, found in self.settings.items()},
            "problems": {
                task: {"asked": [len(own) for own in asked], "in_common": self.in_common(task)}
                for task, asked in self.asked.items()
            },
        }


def one_run(result: Result) -> SideBySide:
    """A single run in the same form: every arm against the run's own baseline.

    Raises:
        StoreError: the run is gone.
    """
    with Reader.open(result.run) as store:
        rows = read_arms(store)
    pairs = dict.fromkeys((one.task, one.baseline, one.arm) for one in result.comparisons)
    return SideBySide(
        runs=(result,),
        results=result.results,
        comparisons=result.comparisons,
        flips=tuple(
            flip
            for task, baseline, arm in pairs
            for flip in find_flips(task, (baseline, rows[task, baseline]), (arm, rows[task, arm]))
        ),
        names={result.run: {arm: arm for _, arm in rows}},
        differing=(),
        unpaired=(),
        asked=_asked([rows]),
        settings={},
    )


def side_by_side(folders: Sequence[Path], against: str | None = None) -> SideBySide:
    """The runs in ``folders``, compared on the questions that two arms were both asked.

    Every arm of a later run is compared with the arm of the same editor, strategy and prompt
    in the first run that has the task; where no arm has such a partner and both have but one,
    these two; and what then has no partner with the first run's baseline. With ``against``,
    the name of an editor, every arm is compared with the first arm of that editor.
    All comparisons of a task and metric are corrected together.

    Raises:
        StoreError: there is no run in a folder.
        UsageError: there are fewer than two runs, one is named twice, none has an arm
            ``against``, or they have nothing in common that could be compared.
    """
    if len(folders) < 2:
        raise UsageError("a comparison needs two runs or more; 'codeupdate report' shows one")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError("a run is named twice; name each run once")
    runs = [read_result(folder) for folder in folders]
    read, configs = [], []
    for folder in folders:
        with Reader.open(folder) as store:
            read.append(read_arms(store))
            configs.append(store.config())
    names = _names(folders, [list(dict.fromkeys(arm for _, arm in rows)) for rows in read])
    named = [
        {(task, names[folder][arm]): rows for (task, arm), rows in own.items()}
        for folder, own in zip(folders, read, strict=True)
    ]
    comparisons: list[Comparison] = []
    flips: list[Flip] = []
    left_out: list[Unpaired] = []
    for task in dict.fromkeys(task for own in named for task, _ in own):
        having = [{arm: r for (t, arm), r in own.items() if t == task} for own in named]
        arms = {arm: rows for own in having for arm, rows in own.items()}
        pairs = [
            ((first, arms[first]), (second, arms[second]))
            for first, second in _pairs([own for own in having if own], against)
        ]
        comparisons += compare_pairs(task, pairs)
        left_out += unpaired(task, pairs)
        flips += [flip for pair in pairs for flip in find_flips(task, *pair)]
    if not comparisons:
        raise UsageError(_nothing(folders, runs, against))
    return SideBySide(
        runs=tuple(runs),
        results=tuple(
            replace(one, arm=names[run.run][one.arm]) for run in runs for one in run.results
        ),
        comparisons=tuple(comparisons),
        flips=tuple(flips),
        names=names,
        differing=_differing(runs),
        unpaired=tuple(left_out),
        asked=_asked(read),
        settings=_settings(read, configs),
    )


def _names(folders: Sequence[Path], arms: Sequence[Sequence[Arm]]) -> dict[Path, dict[Arm, Arm]]:
    """Every arm as it is, or all of them with their run where two runs have one in common."""
    every = [arm for own in arms for arm in own]
    if len(set(every)) == len(every):
        return {run: {arm: arm for arm in own} for run, own in zip(folders, arms, strict=True)}
    short = [folder.resolve().name for folder in folders]
    labels = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    return {
        run: {arm: replace(arm, model=f"{arm.model} ({label})") for arm in own}
        for run, label, own in zip(folders, labels, arms, strict=True)
    }


def _pairs(having: Sequence[Mapping[Arm, ArmRows]], against: str | None) -> list[tuple[Arm, Arm]]:
    """(baseline, arm) of one task, from its arms in each run that has it."""
    if against is not None:
        every = [arm for own in having for arm in own]
        baseline = next((arm for arm in every if arm.editor == against), None)
        return [(baseline, arm) for arm in every if baseline and arm != baseline]
    first, *later = having
    plain = {replace(arm, model=""): arm for arm in first}
    baseline = next((arm for arm, rows in first.items() if not rows.edited), None)
    pairs = []
    for own in later:
        partners = {arm: plain.get(replace(arm, model="")) for arm in own}
        if len(own) == len(first) == 1:
            partners = dict.fromkeys(own, next(iter(first)))
        pairs += [(found or baseline, arm) for arm, found in partners.items()]
    return [(found, arm) for found, arm in pairs if found is not None]


def _nothing(folders: Sequence[Path], runs: Sequence[Result], against: str | None) -> str:
    """Why there is nothing to compare."""
    tasks = [{one.task for one in run.results} for run in runs]
    editors = dict.fromkeys(one.arm.editor for run in runs for one in run.results)
    if against is not None and against not in editors:
        return f"no run has an arm '{against}' to compare with; they have: {', '.join(editors)}"
    listed = "; ".join(
        f"'{folder}' has {', '.join(sorted(own)) or 'nothing'}"
        for folder, own in zip(folders, tasks, strict=True)
    )
    if not set.intersection(*tasks):
        return f"the runs have no task in common: {listed}; compare runs of the same task"
    return (
        "the runs have no judged questions in common in arms that could be paired; compare runs "
        "of the same problems, or name an arm with --against"
    )


def _differing(runs: Sequence[Result]) -> tuple[str, ...]:
    """Tasks of which the runs kept different fingerprints: other data, prompts or tests."""
    prints: dict[str, set[str]] = {}
    for run in runs:
        for task, fingerprint in run.provenance.get("tasks", {}).items():
            prints.setdefault(task, set()).add(fingerprint)
    return tuple(task for task, found in prints.items() if len(found) > 1)


def _asked(
    read: Sequence[Mapping[tuple[str, Arm], ArmRows]],
) -> dict[str, tuple[frozenset[str], ...]]:
    """Task → the problems of it in each run that has it; the arms of a run are asked the same."""
    found: dict[str, list[frozenset[str]]] = {}
    for own in read:
        for task in dict.fromkeys(task for task, _ in own):
            rows = [rows for (name, _), rows in own.items() if name == task]
            units = frozenset(sample.unit for arm in rows for sample in arm.efficacy)
            found.setdefault(task, []).append(units)
    return {task: tuple(sets) for task, sets in found.items()}


def _settings(
    read: Sequence[Mapping[tuple[str, Arm], ArmRows]], configs: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Task → how it was asked, where not by all runs in the same way."""
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for task in dict.fromkeys(task for own in read for task, _ in own):
        having = [
            config
            for own, config in zip(read, configs, strict=True)
            if task in {name for name, _ in own}
        ]
        for name in HOW_ASKED:
            values = tuple(_setting(config, task, name) for config in having)
            if len(set(values)) > 1:
                found.setdefault(task, {})[name] = values
    return found


def _setting(config: Mapping[str, Any], task: str, name: str) -> Any:
    """What was in force; of a run from before that was kept, what was given (None: nothing)."""
    in_force = config.get("provenance", {}).get("sampling", {}).get(task, {})
    return in_force.get(name, config.get("config", {}).get(name))
