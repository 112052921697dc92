"""How long the page of a large run takes: to write, to load in a browser, to filter.

``python benchmarks/report.py [--samples 10000] [--pictures FOLDER]`` writes a run of made-up
samples of usual lengths, its page, and drives a headless Chromium (with chromedriver) over it.
Times are taken inside the page by its own clock; each is the median of some repetitions.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from codeupdate.evaluation.records import (  # noqa: E402
    Item,
    PlannedQuestion,
    PlannedStage,
    SampleRow,
)
from codeupdate.evaluation.results import read_result  # noqa: E402
from codeupdate.evaluation.store import Store  # noqa: E402
from codeupdate.report import write_html  # noqa: E402
from codeupdate.types import Arm, EditCost, Outcome, TestResult, Verdict  # noqa: E402
from tests.report.browser import Browser, browser  # noqa: E402

WORDS = (
    "value",
    "items",
    "count",
    "index",
    "result",
    "total",
    "key",
    "name",
    "path",
    "row",
    "seen",
)
KINDS = ("parameter-added", "function-renamed", "default-changed", "behaviour-changed")
ARMS = ("none", "docs", "lora", "ft")
N = 5  # samples a problem

#: Sets a filter, redraws, forces the layout, and says how many milliseconds that took.
TIMED_SELECT = """
const select = document.getElementById("by-outcome");
const start = performance.now();
select.value = select.value === "" ? "1" : "";
select.dispatchEvent(new Event("change", {bubbles: true}));
document.getElementById("list").getBoundingClientRect();
return performance.now() - start;
"""


def code(chance: random.Random, lines: int) -> str:
    """Something that looks like a program."""
    body = (
        f"    {chance.choice(WORDS)} = {chance.choice(WORDS)}({chance.choice(WORDS)}, "
        f"{chance.randrange(100)})  # {chance.choice(WORDS)} of {chance.choice(WORDS)}"
        for _ in range(lines)
    )
    return "\n".join(body) + "\n"


def write_run(folder: Path, samples: int) -> None:
    """A run of ``samples`` samples under four arms: prompts of 1,500 characters, completions
    of 600, verdicts of three tests."""
    chance = random.Random(0)
    problems = samples // (len(ARMS) * N)
    prompts = [f"# problem {i}\n{code(chance, 26)}" for i in range(problems)]
    with Store.create(folder, {"config": {"n": N}, "k": [1, N], "provenance": {}}) as store:
        for editor in ARMS:
            stage, arm = f"bench/{editor}/all", Arm("made-up", editor)
            questions = tuple(
                PlannedQuestion("efficacy", "bench", f"p{i:04}", f"u{i // 4}", KINDS[i // 4 % 4])
                for i in range(problems)
            )
            store.add_plan([PlannedStage(stage, "bench", arm, editor != "none", N, questions)])
            if editor != "none":
                store.add_edit(stage, "made-up", EditCost(1.0, 2**20, 1000, 1000))
            for i in range(problems):
                rows = []
                for sample in range(N):
                    item = Item(stage, "efficacy", "bench", f"p{i:04}", sample)
                    text = code(chance, 10)
                    fenced = f"```python\n{text}```"
                    rows.append(
                        SampleRow(item, prompts[i], fenced, text, "fenced", "stop", 400, 180)
                    )
                store.add_samples(rows)
                for row in rows:
                    store.add_verdict(row.item, "updated", verdict(chance))


def verdict(chance: random.Random) -> Verdict:
    outcome = chance.choice([Outcome.PASSED, Outcome.FAILED, Outcome.ERROR])
    message = "" if outcome is Outcome.PASSED else f"AssertionError: {chance.random()} != 1"
    tests = tuple(TestResult(f"test_{i}", outcome, message) for i in range(3))
    return Verdict("p", outcome, tests, detail=message, seconds=0.02)


def measure(window: Browser, page: Path, repetitions: int) -> dict[str, float]:
    """Milliseconds, medians."""
    loads = []
    for _ in range(3):
        window.open(page)
        loads.append(window.run("return performance.getEntriesByName('ready')[0].startTime"))
    selects = [window.run(TIMED_SELECT) for _ in range(repetitions)]
    searches = []
    for number in range(repetitions):
        window.run(
            "performance.clearMeasures('filter');"
            "const find = document.getElementById('find');"
            "find.value = arguments[0]; find.dispatchEvent(new Event('input', {bubbles: true}))",
            f"{WORDS[number % len(WORDS)]} {number}",
        )
        found = window.until("return performance.getEntriesByName('filter').at(-1)?.duration")
        searches.append(found)
    window.run("document.getElementById('filters').reset()")
    steps = [
        window.run(
            "const start = performance.now();"
            "document.getElementById('list').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'j', bubbles: true, cancelable: true}));"
            "document.getElementById('detail').getBoundingClientRect();"
            "return performance.now() - start"
        )
        for _ in range(repetitions)
    ]
    return {
        "from opening the file until samples can be browsed": statistics.median(loads),
        "choosing an outcome": statistics.median(selects),
        "first search (texts are put in lower case once)": searches[0],
        "a further search of two words": statistics.median(searches[1:]),
        "the next sample (j)": statistics.median(steps),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=11)
    parser.add_argument("--pictures", type=Path, help="Also write screenshots to this folder.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as held:
        run, page = Path(held) / "run", Path(held) / "report.html"
        write_run(run, given.samples)
        result = read_result(run)
        start = time.process_time()
        write_html(result, page)
        seconds = time.process_time() - start
        with browser() as window:
            found = measure(window, page, given.repetitions)
            if given.pictures:
                given.pictures.mkdir(parents=True, exist_ok=True)
                for width in (1280, 500):
                    window.resize(width, 1000)
                    window.run("document.getElementById('samples').scrollIntoView()")
                    window.picture(given.pictures / f"samples-{width}.png")
        print(f"{given.samples:,} samples: page of {page.stat().st_size / 2**20:.1f} MiB, ", end="")
        print(f"written in {seconds:.1f} s of CPU\n")
        print("| in the browser | ms |\n| --- | --- |")
        for name, value in found.items():
            print(f"| {name} | {value:.0f} |")


if __name__ == "__main__":
    main()
