"""Several runs side by side for a terminal: what each arm reached, how its samples ended,
what it gained or lost, and which problems turned."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from codeupdate.evaluation.flips import Flip
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.results import ArmResult
from codeupdate.evaluation.side_by_side import SideBySide
from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.report.looks import OUTCOMES
from codeupdate.report.notes import SIGNIFICANT, main_metric, notes, tested_metric
from codeupdate.report.tables import (
    ArmsTable,
    Parts,
    best_value,
    comparison_table,
    percent,
    plain_table,
)

__all__ = [
    "comparison_headline",
    "comparison_notes",
    "flips_json",
    "flips_view",
    "outcomes_table",
    "side_by_side_table",
]

#: What a terminal would obey instead of showing it.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def side_by_side_table(found: SideBySide) -> RenderableType:
    """Everything but the flips; it fits the width it is printed at."""
    parts: list[RenderableType] = []
    for task in dict.fromkeys(one.task for one in found.results):
        arms = [one for one in found.results if one.task == task]
        ranked = found.same_problems(task)
        parts += [ArmsTable(task, arms, ranked), Text(), outcomes_table(arms), Text()]
        compared = [one for one in found.comparisons if one.task == task]
        if compared:
            parts += [comparison_table(compared), Text()]
    parts += [Text(f"note: {line}", style="yellow") for line in comparison_notes(found)]
    return Parts(*parts)


def comparison_notes(found: SideBySide) -> Iterator[str]:
    """What a reader must know before believing the numbers, a sentence each."""
    for task in found.differing:
        yield (
            f"{task} is not the same in these runs: its data, prompts or tests have changed "
            "between them; the same problem may have been another question"
        )
    for task, asked in found.asked.items():
        if not found.same_problems(task):
            counts = ", ".join(f"{len(own):,}" for own in asked)
            yield (
                f"{task}: the runs were asked different problems ({counts}; "
                f"{found.in_common(task):,} in common); no arm is marked as the best, and a "
                "difference is of the problems that both arms were asked"
            )
    for task, settings in found.settings.items():
        ways = "; ".join(
            f"{name} {', '.join(map(_setting, values))}" for name, values in settings.items()
        )
        yield (
            f"{task}: the runs were not asked in the same way ({ways}); differences between their "
            "arms may come from that"
        )
    for one in found.unpaired:
        why = "no question that is judged in both"
        if one.metric == "specificity":
            why = "no unrelated problem that is judged in both after the same edit"
        yield (
            f"{one.task}: {one.metric} of {arm_name(one.arm)} and {arm_name(one.baseline)} is not "
            f"compared: they have {why}"
        )
    for run in found.runs:
        yield from (f"{run.run}: {line}" for line in notes(run))


def comparison_headline(found: SideBySide) -> str:
    """The finding for the first task in a sentence or two, from the numbers."""
    task = found.comparisons[0].task
    arms = [one for one in found.results if one.task == task]
    labels, name = arm_labels(one.arm for one in arms), main_metric(arms)
    known = [one for one in arms if name in one.metrics and one.metrics[name].value is not None]
    best = best_value(known, name)
    top = " and ".join(labels[one.arm] for one in known if one.metrics[name].value == best)
    if not found.same_problems(task):
        sentence = f"The runs were asked different problems of {task}: no arm is called the best."
    elif best is None:
        sentence = f"No arm is ahead of the others on {task}."
    else:
        sentence = f"Best on {task}: {top}, with {percent(best)} % {name}."
    metric = tested_metric(name)
    compared = [one for one in found.comparisons if (one.task, one.metric) == (task, metric)]
    if not compared:
        return f"{sentence} No arms could be paired by {metric}."
    beyond = sum(one.p_adjusted < SIGNIFICANT for one in compared)
    return (
        f"{sentence} Of {len(compared)} paired comparisons of {metric}, {beyond} "
        f"{'is' if beyond == 1 else 'are'} beyond chance (p < {SIGNIFICANT} after Holm's correction)."
    )


def _setting(value: Any) -> str:
    return "the task's" if value is None else str(value)


def outcomes_table(arms: Sequence[ArmResult]) -> Table:
    """How the samples of each arm ended, in per cent."""
    table = plain_table("arm")
    names = [name for name in OUTCOMES if any(arm.outcomes.get(name) for arm in arms)]
    table.add_column("samples", justify="right", no_wrap=True)
    for name in names:
        table.add_column(f"{name} %", justify="right")
    labels = arm_labels(arm.arm for arm in arms)
    for arm in arms:
        shares = [100 * arm.outcomes.get(name, 0) / max(arm.samples, 1) for name in names]
        cells = [f"{share:.1f}" if share else "–" for share in shares]
        table.add_row(Text(labels[arm.arm]), f"{arm.samples:,}", *cells)
    return table


# ------------------------------------------------------------------- which problems turned


def flips_view(found: SideBySide, most: int) -> RenderableType:
    """At most ``most`` flips of each pair of arms, with both completions as a diff."""
    parts: list[RenderableType] = []
    for (task, baseline, arm), flips in _by_pair(found.flips).items():
        gained = sum(flip.gained for flip in flips)
        title = (
            f"{task}: {arm_name(arm)} against {arm_name(baseline)}: "
            f"{gained} gained, {len(flips) - gained} lost"
        )
        parts += [Text(title, style="bold")]
        for flip in flips[:most]:
            about = "" if flip.role == "efficacy" else f" ({flip.role})"
            sign, colour = ("+", "green") if flip.gained else ("−", "red")
            parts += [Text(f"{sign} {flip.problem}{about}", style=f"bold {colour}")]
            parts += [_coloured(line) for line in _diff(found, flip)]
        if len(flips) > most:
            left = len(flips) - most
            parts += [Text(f"{left} more; --flips {len(flips)} lists all", style="dim")]
        parts += [Text()]
    return Parts(*parts) if parts else Text("no problem turned", style="dim")


def flips_json(found: SideBySide, most: int) -> list[dict[str, Any]]:
    """At most ``most`` flips of each pair of arms, with the diff of the completions."""
    return [
        {
            "task": flip.task,
            "role": flip.role,
            "problem": flip.problem,
            "baseline": arm_name(flip.baseline),
            "arm": arm_name(flip.arm),
            "gained": flip.gained,
            "diff": "\n".join(_diff(found, flip)),
        }
        for flips in _by_pair(found.flips).values()
        for flip in flips[:most]
    ]


def _by_pair(flips: Sequence[Flip]) -> dict[tuple[Any, ...], list[Flip]]:
    found: dict[tuple[Any, ...], list[Flip]] = {}
    for flip in flips:
        found.setdefault((flip.task, flip.baseline, flip.arm), []).append(flip)
    return found


def _diff(found: SideBySide, flip: Flip) -> list[str]:
    """The lines of a unified diff from the baseline's completion to the arm's."""
    texts = []
    for arm, item in ((flip.baseline, flip.before), (flip.arm, flip.after)):
        with Reader.open(found.folder(arm)) as store:
            texts.append(store.completion(item).split("\n"))
    names = [
        f"{arm_name(arm)}: {'passed' if passed else 'not passed'}"
        for arm, passed in ((flip.baseline, not flip.gained), (flip.arm, flip.gained))
    ]
    lines = list(difflib.unified_diff(texts[0], texts[1], names[0], names[1], lineterm=""))
    return lines or ["(the same completion, judged differently)"]


def _coloured(line: str) -> Text:
    """A line of a diff; what a model wrote neither moves the cursor nor paints."""
    style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
    return Text(CONTROL.sub("\ufffd", line), style=style)
