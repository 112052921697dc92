"""The report as one HTML file that needs nothing else: no network, no scripts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.evaluation.store import Store
from codeupdate.report.examples import examples
from codeupdate.report.files import written_whole
from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.report.notes import headline, main_metric, notes
from codeupdate.report.plots import svgs
from codeupdate.report.tables import best_value, shown, shown_metrics
from codeupdate.scoring.metrics import Metric

__all__ = ["write_html"]

EXAMPLES = 4  # samples that are shown of each arm
LONGEST = 4000  # characters of a text that is shown


def write_html(result: Result, path: Path) -> None:
    """Write the page for ``result`` to ``path``, whole or not at all.

    Its examples are read from the run folder, ``result.run``.

    Raises:
        MissingExtra: matplotlib is not installed.
        StoreError: ``path`` cannot be written, or the run is gone.
    """
    page = _render(result)
    with written_whole(path) as draft:
        draft.write_text(page, encoding="utf-8")


def _render(result: Result) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # completions are hostile
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(points=_points, short=_short)
    with Store.open(result.run) as store:
        settings = store.config().get("config", {})
    return environment.get_template("page.html.jinja").render(
        result=result,
        headline=headline(result),
        notes=list(notes(result)),
        tasks=[_task(result, task) for task in dict.fromkeys(arm.task for arm in result.results)],
        examples=[(one, one.shown(EXAMPLES)) for one in examples(result.run, EXAMPLES)],
        facts=_facts(result.provenance),
        settings=_pretty({name: value for name, value in settings.items() if value is not None}),
        command=_command(result.provenance.get("command", [])),
        run=shlex.quote(str(result.run)),
    )


def _task(result: Result, task: str) -> dict[str, Any]:
    arms = [arm for arm in result.results if arm.task == task]
    labels = arm_labels(arm.arm for arm in arms)
    columns, metric = shown_metrics(arms), main_metric(arms)
    comparisons = [found for found in result.comparisons if found.task == task]
    return {
        "name": task,
        "arms": [(labels[arm.arm], arm, _cells(arm, arms, columns)) for arm in arms],
        "columns": columns,
        "main": metric,
        "splits": [
            ("kind of change", _split([arm.by_kind for arm in arms], metric)),
            *((name, _split([arm.by[name] for arm in arms], metric)) for name in arms[0].by),
        ],
        "comparisons": [(labels[found.arm], found) for found in comparisons],
        "baseline": arm_name(comparisons[0].baseline) if comparisons else "",
        # Drawn by us; matplotlib escapes the names in them.
        "plots": {title: Markup(svg) for title, svg in svgs(result, task).items()},
    }


def _split(
    by_arm: Sequence[Mapping[str, Mapping[str, Metric]]], metric: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    """A row for each group of problems, with a cell for each arm."""
    groups = dict.fromkeys(group for found in by_arm for group in found)
    return [
        (group, [_cell(found.get(group, {}).get(metric), None) for found in by_arm])
        for group in groups
    ]


def _cells(
    arm: ArmResult, arms: Sequence[ArmResult], columns: Sequence[str]
) -> list[dict[str, Any]]:
    return [
        _cell(arm.metrics.get(name), best_value(arms, name), arm.units.get(name, "%"))
        for name in columns
    ]


def _cell(metric: Metric | None, best: float | None, unit: str = "%") -> dict[str, Any]:
    if metric is None:
        return {"value": "–", "bounds": "", "best": False}
    return {
        "value": "unknown" if metric.value is None else shown(metric.value, unit),
        "bounds": "–".join(
            shown(end, unit).removesuffix(f" {unit}") for end in (metric.low, metric.high)
        ),
        "best": metric.value is not None and metric.value == best,
    }


def _facts(provenance: Any) -> list[tuple[str, str]]:
    """What was run, a line each; what has a place of its own on the page is left out."""
    return [
        (name, value if isinstance(value, str) else _pretty(value))
        for name, value in provenance.items()
        if name != "command" and value not in (None, "", {})
    ]


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def _short(text: str) -> str:
    left = len(text) - LONGEST
    return text if left <= 0 else f"{text[:LONGEST]}\n… ({left:,} more characters)"


def _command(words: Sequence[str]) -> str:
    """The command that began the run; empty where it was begun from Python."""
    if not words or Path(words[0]).name not in ("codeupdate", "__main__.py"):
        return ""
    return shlex.join(["codeupdate", *words[1:]])
