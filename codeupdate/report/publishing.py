"""Results for where they are published: a Markdown table, a LaTeX table, a block for a model
card of the Hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import yaml

from codeupdate.errors import UsageError
from codeupdate.evaluation.comparing import Comparison
from codeupdate.evaluation.results import ArmResult, Result
from codeupdate.report.labels import arm_labels, arm_name
from codeupdate.report.tables import best_value, shown, shown_metrics
from codeupdate.scoring.metrics import Metric

__all__ = ["PublishedForm", "latex", "markdown", "model_card", "published"]

PublishedForm = Literal["markdown", "latex", "model-card"]


def published(result: Result, form: PublishedForm) -> str:
    """What a run found as text of that form.

    Raises:
        UsageError: nothing is planned yet; for a model card, something is not known yet.
    """
    if not result.results:
        raise UsageError(f"the run in '{result.run}' has no results to publish yet")
    forms: dict[str, Callable[[Result], str]] = {
        "markdown": markdown,
        "latex": latex,
        "model-card": model_card,
    }
    return forms[form](result)


def _tasks(result: Result) -> list[tuple[str, list[ArmResult], list[Comparison]]]:
    return [
        (
            task,
            [arm for arm in result.results if arm.task == task],
            [found for found in result.comparisons if found.task == task],
        )
        for task in dict.fromkeys(arm.task for arm in result.results)
    ]


def _about(arms: Sequence[ArmResult]) -> str:
    first = arms[0]
    text = f"{first.arm.model}, {first.problems} problems"
    if first.problems and first.samples != first.problems:
        text += f", {first.samples // first.problems} samples each"
    return text


def _value(metric: Metric, unit: str) -> tuple[str, str]:
    """The value, or "unknown", and the ends of its interval; without its unit where per cent."""
    bounds = [shown(end, unit).removesuffix(" %") for end in (metric.low, metric.high)]
    value = "unknown" if metric.value is None else shown(metric.value, unit).removesuffix(" %")
    return value, f"{bounds[0]}–{bounds[1]}"


# ---------------------------------------------------------------------------- Markdown


def markdown(result: Result) -> str:
    """A table of what each arm reached, and one of its differences, for each task."""
    parts = []
    for task, arms, comparisons in _tasks(result):
        labels, columns = arm_labels(arm.arm for arm in arms), shown_metrics(arms)
        parts += [f"### {_md(task)}", _md(_about(arms)) + ". Per cent with 95 % intervals."]
        rows = [
            [_md(labels[arm.arm]), *(_md_cell(arms, arm, name) for name in columns)] for arm in arms
        ]
        parts.append(_md_table(["arm", *columns], rows))
        if comparisons:
            names = arm_labels(found.arm for found in comparisons)
            rows = [
                [_md(names[found.arm]), _md(found.metric), *_difference(found)]
                for found in comparisons
            ]
            parts.append(f"Against {_md(arm_name(comparisons[0].baseline))}, in points:")
            head = ["arm", "metric", "difference", "95 % interval", "questions"]
            parts.append(_md_table([*head, "gained", "lost", "p (Holm)"], rows))
    return "\n\n".join(parts) + "\n"


def _md_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _md_cell(arms: Sequence[ArmResult], arm: ArmResult, name: str) -> str:
    metric = arm.metrics.get(name)
    if metric is None:
        return "–"
    value, bounds = _value(metric, arm.units.get(name, "%"))
    bold = metric.value is not None and metric.value == best_value(arms, name)
    return f"{f'**{value}**' if bold else value} ({bounds})"


def _md(text: str) -> str:
    """A name as it is, whatever Markdown would make of it."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


def _difference(found: Comparison) -> list[str]:
    value = found.difference
    return [
        f"{100 * value.value:+.1f}",
        f"{100 * value.low:+.1f} to {100 * value.high:+.1f}",
        f"{found.questions:,}",
        str(found.flips.positive),
        str(found.flips.negative),
        "< 0.001" if found.p_adjusted < 0.001 else f"{found.p_adjusted:.3f}",
    ]


# ------------------------------------------------------------------------------- LaTeX


def latex(result: Result) -> str:
    """A ``table`` for each task, with booktabs' rules; the best of a column is bold."""
    parts = ["% needs \\usepackage{booktabs}"]
    for task, arms, comparisons in _tasks(result):
        labels, columns = arm_labels(arm.arm for arm in arms), shown_metrics(arms)
        caption = f"{_tex(task)}: {_tex(_about(arms))}. Per cent with 95\\,\\% intervals"
        if comparisons:
            caption += (
                f"; $\\Delta$: points of {_tex(comparisons[0].metric)} against "
                f"{_tex(arm_name(comparisons[0].baseline))}, paired, $p$ after Holm's correction"
            )
        main = {c.arm: c for c in comparisons if c.metric == comparisons[0].metric}
        head = ["arm", *columns, *(["$\\Delta$", "$p$"] if main else [])]
        lines = [
            "\\begin{table}",
            "  \\centering",
            f"  \\caption{{{caption}.}}",
            f"  \\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            "    \\toprule",
            f"    {' & '.join([head[0], *map(_tex, columns), *head[1 + len(columns) :]])} \\\\",
            "    \\midrule",
        ]
        for arm in arms:
            cells = [_tex(labels[arm.arm]), *(_tex_cell(arms, arm, name) for name in columns)]
            if main:
                found = main.get(arm.arm)
                cells += [_tex_delta(found), _tex_p(found)] if found else ["--", "--"]
            lines.append(f"    {' & '.join(cells)} \\\\")
        lines += ["    \\bottomrule", "  \\end{tabular}", "\\end{table}"]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _tex_cell(arms: Sequence[ArmResult], arm: ArmResult, name: str) -> str:
    metric = arm.metrics.get(name)
    if metric is None:
        return "--"
    value, bounds = (_tex(text) for text in _value(metric, arm.units.get(name, "%")))
    if metric.value is not None and metric.value == best_value(arms, name):
        value = f"\\textbf{{{value}}}"
    return f"{value} {{\\scriptsize [{bounds}]}}"


def _tex_delta(found: Comparison) -> str:
    value, interval, *_ = _difference(found)
    low, high = interval.split(" to ")
    return f"${value}$ {{\\scriptsize $[{low}, {high}]$}}"


def _tex_p(found: Comparison) -> str:
    return f"${_difference(found)[-1]}$"


def _tex(text: str) -> str:
    """A name as it is, whatever LaTeX would make of it."""
    special = {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "–": "--",
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    }
    return "".join(special.get(letter, letter) for letter in text)


# -------------------------------------------------------------------------- model card


def model_card(result: Result) -> str:
    """The ``model-index`` of a model card, as its front matter; values are fractions.

    Raises:
        UsageError: a metric is not known yet: a card has no place for bounds.
    """
    index = []
    for model in dict.fromkeys(arm.arm.model for arm in result.results):
        results = [
            _card_result(result, task, [arm for arm in arms if arm.arm.model == model])
            for task, arms, _ in _tasks(result)
        ]
        index.append({"name": model, "results": [found for found in results if found["metrics"]]})
    block = yaml.safe_dump({"model-index": index}, sort_keys=False, allow_unicode=True)
    return f"---\n{block}---\n"


def _card_result(result: Result, task: str, arms: Sequence[ArmResult]) -> dict[str, Any]:
    revision = result.provenance.get("tasks", {}).get(task)
    sampling = result.provenance.get("sampling", {}).get(task, {})
    labels = arm_labels(arm.arm for arm in arms)
    metrics = []
    for arm in arms:
        for name in shown_metrics(arms):
            metric = arm.metrics.get(name)
            if metric is None:
                continue
            if metric.value is None:
                raise UsageError(
                    f"{name} of {task} is not known yet, and a model card has no place for "
                    f"bounds: finish the run with codeupdate eval --resume {result.run}"
                )
            metrics.append(
                {
                    "type": name,
                    "name": f"{name} ({labels[arm.arm]})",
                    "value": round(metric.value, 6),
                    "args": {
                        "low": round(metric.low, 6),
                        "high": round(metric.high, 6),
                        "editor": arm.arm.editor,
                        "strategy": arm.arm.strategy,
                        "prompt": arm.arm.prompt,
                        "problems": arm.problems,
                        "samples": arm.samples,
                        **sampling,
                    },
                }
            )
    return {
        "task": {"type": "text-generation", "name": "Text Generation"},
        "dataset": {
            "type": task,
            "name": task,
            **({"revision": revision} if revision else {}),
        },
        "metrics": metrics,
    }
