"""Tables and the model card's block: right numbers, and names that break nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from codeupdate.errors import UsageError
from codeupdate.evaluation.results import Result, read_result
from codeupdate.evaluation.store import Store
from codeupdate.report import published
from codeupdate.types import Arm

EVIL = "a_b|c & 50%$x^2~{\\y}#*<b>"


def named(result: Result, editor: str, name: str) -> Result:
    """The same with an arm renamed."""

    def renamed(arm: Arm) -> Arm:
        return replace(arm, editor=name) if arm.editor == editor else arm

    return replace(
        result,
        results=tuple(replace(one, arm=renamed(one.arm)) for one in result.results),
        comparisons=tuple(replace(one, arm=renamed(one.arm)) for one in result.comparisons),
    )


def row_of(text: str, arm: str) -> str:
    return next(line for line in text.splitlines() if re.match(rf"[| ]*{arm}\b", line))


def test_markdown_has_values_intervals_and_the_best_in_bold(finished: Result) -> None:
    text = published(finished, "markdown")
    lora = next(arm for arm in finished.results if arm.arm.editor == "lora")
    best = lora.metrics["pass@1"]
    assert best.value is not None
    row = row_of(text, "lora")
    assert f"**{100 * best.value:.1f}** ({100 * best.low:.1f}–{100 * best.high:.1f})" in row
    assert "**" not in row_of(text, "random-ft")
    tables = re.split(r"\n\n", text)
    for table in (part for part in tables if part.startswith("|")):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert text.count("### ") == 2
    assert "Against none of tiny" in text
    found = next(one for one in finished.comparisons if one.metric == "specificity")
    assert found.questions != 24  # of the problems themselves
    against = text[text.index("Against none of tiny") :].splitlines()
    assert "| questions |" in against[2]
    row = next(line for line in against if line.startswith(f"| {found.arm.editor} | specificity"))
    assert row.split(" | ")[4] == f"{found.questions:,}"


def test_latex_has_one_cell_a_column_and_booktabs_rules(finished: Result) -> None:
    text = published(finished, "latex")
    assert text.count("\\toprule") == text.count("\\begin{table}") == 2
    for table in text.split("\\begin{table}")[1:]:
        columns = re.search(r"\\begin\{tabular\}\{(lr*)\}", table)
        assert columns is not None
        rows = [line for line in table.splitlines() if line.endswith("\\\\")]
        for row in rows:
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns[1]) - 1
    assert "\\textbf{" in row_of(text, "lora")
    assert "hit\\_rate" not in text  # no prompt showed documents


def test_a_name_is_a_name(finished: Result) -> None:
    evil = named(finished, "lora", EVIL)
    tex = published(evil, "latex")
    assert (
        r"a\_b|c \& 50\%\$x\textasciicircum{}2\textasciitilde{}\{\textbackslash{}y\}\#*<b>" in tex
    )
    md = published(evil, "markdown")
    assert r"a\_b\|c & 50%$x^2~\{\\y\}\#\*\<b\>" in md
    card = yaml.safe_load(published(evil, "model-card").strip("-\n"))
    arms = {m["args"]["editor"] for m in card["model-index"][0]["results"][0]["metrics"]}
    assert EVIL in arms


def test_the_hub_reads_the_model_card(finished: Result, tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    from huggingface_hub.repocard_data import model_index_to_eval_results

    text = published(finished, "model-card")
    block = yaml.safe_load(text.strip("-\n"))
    name, results = model_index_to_eval_results(block["model-index"])
    assert name == "tiny"
    found = {(one.dataset_type, one.metric_name): one for one in results}
    for arm in finished.results:
        metric = arm.metrics["pass@1"]
        one = found[arm.task, f"pass@1 ({arm.arm.editor})"]
        assert one.metric_value == pytest.approx(metric.value, abs=1e-6)
        assert one.metric_args["low"] == pytest.approx(metric.low, abs=1e-6)
    assert found["kit-update", "pass@1 (none)"].dataset_revision == "sha256:beef"
    card = hub.ModelCard(text + "\n# A model\n")
    assert card.data.model_name == "tiny"
    assert len(card.data.eval_results) == len(results)


def test_what_is_not_known_is_said_or_refused(unfinished: Result, tmp_path: Path) -> None:
    assert "| unknown (" in published(unfinished, "markdown")
    assert "unknown {\\scriptsize" in published(unfinished, "latex")
    with pytest.raises(UsageError, match="not known yet"):
        published(unfinished, "model-card")
    Store.create(tmp_path / "run", {"k": [1], "provenance": {}}).close()
    with pytest.raises(UsageError, match="no results"):
        published(read_result(tmp_path / "run"), "markdown")
