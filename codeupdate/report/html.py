"""The report as one HTML file that needs nothing else: no network, no scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from codeupdate.errors import StoreError
from codeupdate.evaluation.results import Comparison, Result
from codeupdate.report.frames import sample_rows
from codeupdate.report.notes import headline, notes
from codeupdate.report.plots import svgs
from codeupdate.report.tables import percent, shown_metrics
from codeupdate.scoring.metrics import Metric

__all__ = ["write_html"]

EXAMPLES = 4  # of each arm: passed and failed ones in turn
LONGEST = 4000  # characters of a text that the page shows


def write_html(result: Result, path: Path) -> None:
    """Write the page for ``result`` to ``path``, whole or not at all.

    Raises:
        MissingExtra: matplotlib is not installed.
        StoreError: ``path`` cannot be written.
    """
    page = _render(result)
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(page, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"the page '{path}' cannot be written: {error.strerror or error}; name another file"
        ) from error


def _render(result: Result) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # completions are hostile
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, metric=_metric, signed=_signed, short=_short)
    tasks = []
    for task in dict.fromkeys(arm.task for arm in result.results):
        arms = [arm for arm in result.results if arm.task == task]
        tasks.append(
            {
                "name": task,
                "arms": arms,
                "columns": shown_metrics(arms),
                "kinds": list(dict.fromkeys(kind for arm in arms for kind in arm.by_kind)),
                "comparisons": [c for c in result.comparisons if c.task == task],
                # Drawn by us; the names in them are escaped by matplotlib.
                "plots": {title: Markup(svg) for title, svg in svgs(result, task).items()},
            }
        )
    return environment.get_template("page.html.jinja").render(
        result=result,
        headline=headline(result),
        notes=list(notes(result)),
        tasks=tasks,
        examples=_examples(result),
        provenance=json.dumps(result.provenance, indent=2, ensure_ascii=False, default=str),
        command=_command(result.provenance.get("command", [])),
    )


def _examples(result: Result) -> dict[str, list[dict[str, Any]]]:
    """Arm → a few of its samples, passed and failed in turn, spread over the run."""
    chosen: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}
    seen: set[tuple[str, str]] = set()
    for row in sample_rows(result.run):
        name = f"{row['task']}, {row['arm']}"
        if row["role"] != "efficacy" or (name, row["problem"]) in seen or not row["outcome"]:
            continue
        kept = chosen.setdefault(name, ([], []))[row["outcome"] == "passed"]
        if len(kept) < EXAMPLES:
            seen.add((name, row["problem"]))
            kept.append(row)
    return {
        name: list(islice(_in_turn(passed, failed), EXAMPLES))
        for name, (failed, passed) in chosen.items()
    }


def _in_turn(*lists: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number in range(max(map(len, lists))):
        for rows in lists:
            if number < len(rows):
                yield rows[number]


def _metric(metric: Metric | None) -> str:
    if metric is None:
        return "–"
    bounds = f"{percent(metric.low)}–{percent(metric.high)}"
    if metric.value is None:
        return f"unknown ({bounds})"
    return f"{percent(metric.value)} ({bounds})"


def _signed(comparison: Comparison) -> str:
    difference = comparison.difference
    return f"{100 * difference.value:+.1f} ({100 * difference.low:+.1f} to {100 * difference.high:+.1f})"


def _short(text: str) -> str:
    left = len(text) - LONGEST
    return text if left <= 0 else f"{text[:LONGEST]}\n… ({left} more characters)"


def _command(words: list[str]) -> str:
    if not words:
        return ""
    program = Path(words[0]).name
    return " ".join(["codeupdate" if program == "__main__.py" else program, *words[1:]])
