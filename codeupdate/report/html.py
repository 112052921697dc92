"""The report as one HTML file that needs nothing else: no network, one script of its own.

Completions are hostile: the template escapes what it shows, samples travel in base64 and are
shown as text, and the page's policy lets no script run but ours, named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from codeupdate.errors import StoreError
from codeupdate.evaluation.reader import Reader
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.evaluation.side_by_side import SideBySide, one_run
from codeupdate.files import write_text
from codeupdate.report.embedded import pack
from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.report.looks import OUTCOMES, styled
from codeupdate.report.notes import headline, main_metric, notes
from codeupdate.report.plots import svgs
from codeupdate.report.side_by_side import comparison_headline, comparison_notes
from codeupdate.report.tables import best_value, count_range, shown, shown_metrics
from codeupdate.scoring.metrics import Metric

__all__ = ["check_page", "write_comparison", "write_html"]

HERE = Path(__file__).parent


def check_page(path: Path) -> None:
    """Find out what would keep a page from being written to ``path``, before there is one.

    Raises:
        MissingExtra: matplotlib is not installed.
        StoreError: ``path`` is a folder.
    """
    with styled():
        pass
    if not path.name or path.is_dir():
        raise StoreError(f"--html {path} is a folder; name a file in it")


def write_html(result: Result, path: Path) -> None:
    """Write the page for ``result`` to ``path``, whole or not at all.

    Its samples are read from the run folder, ``result.run``.

    Raises:
        MissingExtra: matplotlib is not installed.
        StoreError: ``path`` cannot be written, or the run is gone.
    """
    heading = "How well was the model brought up to date?"
    _write(one_run(result), path, heading, headline(result), list(notes(result)))


def write_comparison(found: SideBySide, path: Path) -> None:
    """Write the page for several runs to ``path``, whole or not at all.

    Raises:
        MissingExtra: matplotlib is not installed.
        StoreError: ``path`` cannot be written, or a run is gone.
    """
    heading = f"{len(found.runs)} runs side by side"
    _write(found, path, heading, comparison_headline(found), list(comparison_notes(found)))


def _write(found: SideBySide, path: Path, heading: str, lead: str, remarks: Sequence[str]) -> None:
    script = (HERE / "page.js").read_text(encoding="utf-8")
    tasks = dict.fromkeys(arm.task for arm in found.results)
    page = _template().render(
        heading=heading,
        headline=lead,
        notes=remarks,
        tasks=[_task(found, task) for task in tasks],
        uncertain=any(run.unknown or run.failures for run in found.runs),
        packed=pack(found),
        runs=[_run(run) for run in found.runs],
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    write_text(page, path)


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,  # completions are hostile
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(points=_points)
    return environment.get_template("page.html.jinja")


def _run(result: Result) -> dict[str, Any]:
    with Reader.open(result.run) as store:
        settings = store.config().get("config", {})
    return {
        "name": str(result.run),
        "run": shlex.quote(str(result.run)),
        "command": _command(result.provenance.get("command", [])),
        "facts": _facts(result.provenance),
        "settings": _pretty({name: value for name, value in settings.items() if value is not None}),
    }


def _task(found: SideBySide, task: str) -> dict[str, Any]:
    arms = [arm for arm in found.results if arm.task == task]
    labels = arm_labels(arm.arm for arm in arms)
    columns, metric, ranked = shown_metrics(arms), main_metric(arms), found.same_problems(task)
    comparisons = [one for one in found.comparisons if one.task == task]
    baselines = {one.baseline for one in comparisons}
    drawn = replace(found.runs[0], results=found.results, comparisons=found.comparisons)
    return {
        "name": task,
        "models": list(dict.fromkeys(arm.arm.model for arm in arms)),
        "arms": [
            (labels[arm.arm], arm, _cells(arm, arms if ranked else [], columns)) for arm in arms
        ],
        "ranked": ranked,
        "problems": count_range([arm.problems for arm in arms]),
        "samples": count_range([arm.samples for arm in arms]),
        "columns": columns,
        "outcomes": [name for name in OUTCOMES if any(arm.outcomes.get(name) for arm in arms)],
        "main": metric,
        "splits": [
            ("kind of change", _split([arm.by_kind for arm in arms], metric)),
            *((name, _split([arm.by[name] for arm in arms], metric)) for name in _groups(arms)),
        ],
        "comparisons": [(labels[one.arm], labels[one.baseline], one) for one in comparisons],
        "baseline": arm_name(baselines.pop()) if len(baselines) == 1 else "",
        # Drawn by us; matplotlib escapes the names in them.
        "plots": {title: Markup(svg) for title, svg in svgs(drawn, task).items()},
    }


def _groups(arms: Sequence[ArmResult]) -> list[str]:
    """What the problems of every arm are grouped by, beside the kind of change."""
    return [name for name in arms[0].by if all(name in arm.by for arm in arms)]


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
    arm: ArmResult, rivals: Sequence[ArmResult], columns: Sequence[str]
) -> list[dict[str, Any]]:
    """The row of an arm; the best among ``rivals`` is marked."""
    return [
        _cell(arm.metrics.get(name), best_value(rivals, name), arm.units.get(name, "%"))
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


def _command(words: Sequence[str]) -> str:
    """The command that began the run; empty where it was begun from Python."""
    if not words or Path(words[0]).name not in ("codeupdate", "__main__.py"):
        return ""
    return shlex.join(["codeupdate", *words[1:]])
