"""Every editor on the embedded model: the tables and pictures of docs/editors.md.

Runs of ``codeupdate eval`` on kit-update: every update by itself (single) and, beside it on
another core, one after another without ever going back (sequential). Answers are greedy, one a
problem. What was stopped goes on where it stopped; to repeat an editor, remove its run folder.

examples:
  python benchmarks/editors.py                               everything, into docs/
  python benchmarks/editors.py --editors none,lora,rome --updates 6 --docs /tmp/docs
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean

from codeupdate.editing import editor_folders, read_editor_spec
from codeupdate.evaluation.comparing import Comparison, compare_pairs
from codeupdate.evaluation.results import ArmResult, Result, read_result
from codeupdate.evaluation.rows import ArmRows, read_arms
from codeupdate.evaluation.store import Store
from codeupdate.report import plot
from codeupdate.report.tables import percent
from codeupdate.scoring.metrics import Metric
from codeupdate.types import Arm

ROOT = Path(__file__).parents[1]
PROTOCOLS = ("single", "sequential")
BASELINE = "none,docs"


def main() -> None:
    options = _options()
    # The baseline is asked about unrelated problems only beside an arm that edits.
    runs = [
        BASELINE,
        *(name for name in options.editors.split(",") if name not in BASELINE.split(",")),
    ]
    if not options.only_page:
        with ThreadPoolExecutor(len(PROTOCOLS)) as pool:
            statuses = list(pool.map(lambda protocol: _run(protocol, runs, options), PROTOCOLS))
        if any(statuses):
            sys.exit("a run did not end well; begin this again to go on with it")
    results = {protocol: _together(options.runs / protocol, runs) for protocol in PROTOCOLS}
    page = options.docs / "editors.md"
    text = page.read_text(encoding="utf-8") if page.exists() else _empty_page()
    for name, table in _tables(results).items():
        text = _put(text, name, "\n".join(table))
    options.docs.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
    for name, result in results.items():
        plot(result).savefig(options.docs / f"editors-{name}.png", dpi=80)
    print(f"wrote {page}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--editors", help="names, joined by commas; by default all of them")
    parser.add_argument("--updates", type=int, default=24, help="how many of the 24 updates")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "editors")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the page goes")
    parser.add_argument("--only-page", action="store_true", help="of the runs that there are")
    options = parser.parse_args()
    if options.editors is None:
        # The baseline comes first, then what is like another stands by it.
        changes = {
            name: read_editor_spec(folder / "editor.yaml").changes
            for name, folder in editor_folders().items()
        }
        order = ["nothing", "prompt", "adapter", "weights", "memory"]
        options.editors = ",".join(sorted(changes, key=lambda n: (order.index(changes[n]), n)))
    return options


def _run(protocol: str, editors: Sequence[str], options: argparse.Namespace) -> int:
    """One run for each editor, so that one can be repeated without the others; how many failed."""
    failed = 0
    for editor in editors:
        folder = _folder(options.runs / protocol, editor)
        command = [sys.executable, "-m", "codeupdate", "eval"]
        if folder.exists():
            command += ["--resume", str(folder)]
        else:
            command += ["--model", "tiny", "--task", "kit-update", "--editor", editor]
            command += ["--protocol", protocol, "--limit-updates", str(options.updates)]
            command += ["-n", "1", "--temperature", "0", "-k", "1", "--workers", "1"]
            command += ["--sandbox", "local", "--output", str(folder)]
        failed += subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0
    return failed


def _folder(runs: Path, editors: str) -> Path:
    return runs / editors.replace(",", "+")


def _together(folder: Path, editors: Sequence[str]) -> Result:
    """The runs of one protocol as one, each editor compared with the first."""
    found = [read_result(_folder(folder, editor)) for editor in editors]
    arms: list[tuple[Arm, ArmRows]] = []
    for result in found:
        with Store.open(result.run) as store:
            arms += [(arm, rows) for (_, arm), rows in read_arms(store).items()]
    return Result(
        run=folder,
        results=tuple(arm for result in found for arm in result.results),
        comparisons=tuple(compare_pairs("kit-update", [(arms[0], arm) for arm in arms[1:]])),
        provenance=found[0].provenance,
        failures=sum(result.failures for result in found),
        unknown=sum(result.unknown for result in found),
    )


# ------------------------------------------------------------------------------- page


def _put(text: str, name: str, table: str) -> str:
    """``text`` with ``table`` between the two marks of ``name``."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not marked.search(text):
        sys.exit(f"the page has no place for the table '{name}': the lines {begin} and {end}")
    return marked.sub(lambda found: f"{begin}\n{table}\n{end}", text)


def _empty_page() -> str:
    names = ("single", "kinds", "sequential", "retention")
    return "\n".join(f"<!-- {name} -->\n<!-- end of {name} -->\n" for name in names)


def _tables(results: dict[str, Result]) -> dict[str, list[str]]:
    single, sequential = results["single"], results["sequential"]
    return {
        "single": _table(_single_rows(single)),
        "kinds": _table(_kind_rows(single)),
        "sequential": _table(_sequential_rows(sequential)),
        "retention": _table(_retention_rows(sequential)),
    }


def _table(rows: Iterator[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "| --- " * (lines[0].count("|") - 1) + "|")
    return lines


def _single_rows(result: Result) -> Iterator[Sequence[str]]:
    yield (
        *("editor", "solved, %", "adoption, %", "workarounds, %", "specificity, %"),
        *("kept of specificity, %", "flips of unrelated problems", "p", "s an edit"),
        *("parameters touched", "tokens trained on", "MiB at the peak"),
    )
    base = result.results[0].metrics["specificity"].value or 0.0
    for arm in result.results:
        flips = _comparison(result, arm, "specificity")
        kept = arm.metrics["specificity"].value
        yield (
            arm.arm.editor,
            _interval(arm.metrics["pass@1"]),
            _value(arm.metrics["adoption"]),
            _value(arm.metrics["workarounds"]),
            _interval(arm.metrics["specificity"]),
            percent(kept / base) if kept is not None and base else "–",
            f"+{flips.flips.positive} −{flips.flips.negative}" if flips else "–",
            f"{flips.p_adjusted:.3f}" if flips else "–",
            f"{arm.cost.seconds_per_edit:.1f}" if arm.cost.edits else "–",
            f"{arm.cost.parameters:,}" if arm.cost.edits else "–",
            f"{arm.cost.tokens_trained:,}" if arm.cost.edits else "–",
            f"{arm.cost.peak_memory / 2**20:.0f}" if arm.cost.edits else "–",
        )


def _kind_rows(result: Result) -> Iterator[Sequence[str]]:
    kinds = list(result.results[0].by_kind)
    yield ("editor", *kinds)
    for arm in result.results:
        yield (arm.arm.editor, *(_value(arm.by_kind[kind]["pass@1"]) for kind in kinds))


def _sequential_rows(result: Result) -> Iterator[Sequence[str]]:
    yield (
        *("editor", "solved after its own edit, %", "retention at the end, %"),
        *("specificity, %", "s an edit", "last against first edits"),
    )
    growth = _growth(result)
    for arm in result.results:
        yield (
            arm.arm.editor,
            _interval(arm.metrics["pass@1"]),
            _interval(arm.metrics["retention"]) if "retention" in arm.metrics else "–",
            _interval(arm.metrics["specificity"]),
            f"{arm.cost.seconds_per_edit:.1f}" if arm.cost.edits else "–",
            f"{growth[arm.arm.editor]:.2f} ×" if growth.get(arm.arm.editor) else "–",
        )


def _retention_rows(result: Result) -> Iterator[Sequence[str]]:
    taught = sorted({count for arm in result.results for count in arm.retention})
    yield ("editor", *(f"after {count}" for count in taught))
    for arm in result.results:
        if arm.retention:
            yield (arm.arm.editor, *(_value(arm.retention[count]) for count in taught))


def _growth(result: Result) -> dict[str, float]:
    """Editor → seconds of the last quarter of its edits as a multiple of the first quarter's.

    An edit of less than a hundredth of a second says nothing.
    """
    seconds: dict[str, list[float]] = {}
    for arm in result.results:
        run = _folder(
            result.run, BASELINE if arm.arm.editor in BASELINE.split(",") else arm.arm.editor
        )
        with Store.open(run) as store:
            costs = {stage: cost.seconds for stage, (_, cost) in store.edits().items()}
            own = [stage.stage for stage in store.planned() if stage.arm == arm.arm]
            seconds[arm.arm.editor] = [costs[stage] for stage in own if stage in costs]
    found = {}
    for editor, edits in seconds.items():
        quarter = max(len(edits) // 4, 1)
        if edits and (first := mean(edits[:quarter])) > 0.01:
            found[editor] = mean(edits[-quarter:]) / first
    return found


def _comparison(result: Result, arm: ArmResult, metric: str) -> Comparison | None:
    same = [c for c in result.comparisons if c.arm == arm.arm and c.metric == metric]
    return same[0] if same else None


def _value(metric: Metric) -> str:
    return "–" if metric.value is None else percent(metric.value)


def _interval(metric: Metric) -> str:
    return f"{_value(metric)} ({percent(metric.low)} – {percent(metric.high)})"


if __name__ == "__main__":
    main()
