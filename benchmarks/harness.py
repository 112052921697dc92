"""What the harness costs besides the model and the programs, and whether these overlap.

Memory: work items with a model and a sandbox that answer at once; what is resident at a tenth,
at half and at the end of them, and while the results are read. Overhead: the CPU time of the
same for each item, beside that of the embedded model and of trivial programs in the local
sandbox. Overlap: a model and programs that take a known time, and the wall time of both
together.

    python benchmarks/harness.py memory --items 100000
    python benchmarks/harness.py overhead --items 10000
    python benchmarks/harness.py overlap
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import PAGE, Meter

from codeupdate.editing import load_editor
from codeupdate.evaluation.execution import Execution
from codeupdate.evaluation.pipeline import Pipeline
from codeupdate.evaluation.plan import Stage, Subject, plan_stages
from codeupdate.evaluation.records import PlannedQuestion, PlannedStage
from codeupdate.evaluation.results import read_result
from codeupdate.evaluation.store import Store
from codeupdate.models import load_model
from codeupdate.models.generating import Generates
from codeupdate.sandbox import open_sandbox
from codeupdate.sandbox.protocol import Sandbox
from codeupdate.strategies import load_strategy
from codeupdate.tasks import FolderTask, load_task
from codeupdate.types import Arm, Outcome, Program, Prompt, Sample, Sampling, Verdict

SAMPLES = 5  # of each problem
TASK = "name: sums\nsummary: Add.\ndata: {problems: problems.jsonl}\nenvironment: python\n"
TEMPLATE = '{{ imports }}\n\ndef {{ problem.entry_point }}(x):\n    """{{ wanted }}"""\n'
BODY = "    total = 0\n    for value in (x, {number}):\n        total += value\n    return total\n"


class Model(Generates):
    """Answers right, ``together`` prompts at a time, each sample ``seconds`` after the other."""

    name = fingerprint = "known"

    def __init__(self, together: int = 16, seconds: float = 0.0) -> None:
        self._together = together
        self._seconds = seconds
        self.busy = 0.0  # seconds

    def batches(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> Iterator[tuple[Sample, ...]]:
        for start in range(0, len(prompts), self._together):
            chosen = range(start, min(start + self._together, len(prompts)))
            if self._seconds:
                self.busy += slept(self._seconds * len(chosen) * sampling.n)
            yield tuple(
                Sample(i, n, BODY.format(number=prompts[i].problem), 60, 30, "stop")
                for i in chosen
                for n in range(sampling.n)
            )


class Instant:
    """Judges every program at once; two in three fail."""

    name = "instant"

    def __enter__(self) -> Instant:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, program: Program) -> Future[Verdict]:
        future: Future[Verdict] = Future()
        outcome = Outcome.FAILED if int(program.id) % 3 else Outcome.PASSED
        future.set_result(Verdict(program.id, outcome, seconds=0.01, stdout="done\n"))
        return future


class Timed(Instant):
    """Runs ``workers`` programs at once, of which each takes as long as ``seconds`` says."""

    name = "timed"

    def __init__(self, workers: int, seconds: Callable[[Program], float]) -> None:
        self._threads = ThreadPoolExecutor(workers)
        self._seconds = seconds
        self.busy: list[float] = []  # seconds, of each program

    def __exit__(self, *exception: object) -> None:
        self._threads.shutdown()

    def submit(self, program: Program) -> Future[Verdict]:
        return self._threads.submit(self._run, program)

    def _run(self, program: Program) -> Verdict:
        self.busy.append(slept(self._seconds(program)))
        return Verdict(program.id, Outcome.PASSED)


class Watch:
    """A listener that remembers what was resident when so many samples were judged."""

    def __init__(self, moments: Sequence[int]) -> None:
        self.count = 0
        self.resident: dict[int, float] = {}
        self._moments = set(moments)

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def ask(self, question: str) -> bool | None:
        return None

    def arm(self, task: str, editor: str) -> None: ...

    def stage(self, stage: Stage) -> None: ...

    def held(self, sampled: int, judged: int) -> None: ...

    def sampled(self, count: int) -> None: ...

    def judged(self, outcome: Outcome | None) -> None:
        self.count += 1
        if self.count in self._moments:
            self.resident[self.count] = resident()


def slept(seconds: float) -> float:
    """How long it took to sleep so long: more, on a machine that is busy."""
    began = time.perf_counter()
    time.sleep(seconds)
    return time.perf_counter() - began


def resident() -> float:
    """MiB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def peak() -> float:
    """MiB of this process, at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


@contextmanager
def sums(problems: int) -> Iterator[tuple[Path, FolderTask]]:
    """A folder, and in it a task with so many problems."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tasks" / "sums"
        folder.mkdir(parents=True)
        (folder / "task.yaml").write_text(TASK)
        (folder / "prompt.jinja").write_text(TEMPLATE)
        with (folder / "problems.jsonl").open("w") as file:
            for i in range(problems):
                wanted = f"The sum of x and {i}. " + "Numbers are whole and small. " * 8
                row = {
                    "id": str(i),
                    "fields": {"wanted": wanted, "imports": "import math\nimport json"},
                    "entry_point": "f",
                    "reference": BODY.format(number=i),
                    "tests": [{"name": "t", "source": f"assert f(1) == {i + 1}"}],
                }
                file.write(json.dumps(row) + "\n")
        yield Path(place), load_task("sums", include=[Path(place)])


def run(
    folder: Path, task: FolderTask, model: Any, sandbox: Sandbox, listener: Watch, n: int
) -> None:
    """One arm from its plan to its last verdict, in a new store in ``folder``."""
    (stage,) = plan_stages(
        "sums/none", Subject(task.problems(), task.updates()), protocol="single", edits=False
    )
    asked = tuple(PlannedQuestion("efficacy", "sums", p.id, p.id) for p in task.problems())
    with Store.create(folder, {"k": [1], "provenance": {}}) as store, sandbox as opened:
        store.add_plan([PlannedStage(stage.id, "sums", Arm("known"), False, n, asked)])
        execution = Execution(tasks={"sums": task}, sandbox=opened, store=store, listener=listener)
        sampling = Sampling(n=n, temperature=0.8, max_tokens=32)
        strategy = load_strategy("direct")
        pipeline = Pipeline(
            prompt="prompt", strategy=strategy, sampling=sampling, execution=execution
        )
        pipeline.run(model, load_editor("none"), [stage], ())


def memory(items: int) -> None:
    with sums(items // SAMPLES) as (place, task):
        listener = Watch([items // 10, items // 2, items])
        planned = resident()
        began = time.process_time()
        run(place / "run", task, Model(), Instant(), listener, SAMPLES)
        ran = time.process_time() - began
        began = time.process_time()
        result = read_result(place / "run")
        read = time.process_time() - began
        assert sum(result.results[0].outcomes.values()) == items and not result.unknown
        table(
            ["", "resident MiB", "CPU s"],
            [
                ["problems loaded", f"{planned:.0f}", ""],
                *(
                    [f"{count:,} of {items:,} items judged", f"{mib:.0f}", ""]
                    for count, mib in listener.resident.items()
                ),
                ["all of them", "", f"{ran:.1f}"],
                ["while results are read, at most", f"{peak():.0f}", f"{read:.1f}"],
            ],
        )


@dataclass(frozen=True)
class Costs:
    """CPU milliseconds of one work item."""

    harness: float
    model: float
    program: float

    @property
    def share(self) -> float:
        return self.harness / (self.harness + self.model + self.program)


def overhead(items: int, profile: bool) -> None:
    profiler = cProfile.Profile() if profile else None
    with sums(items // SAMPLES) as (place, task):
        began = time.process_time()
        with profiler or nullcontext():
            run(place / "run", task, Model(), Instant(), Watch([]), SAMPLES)
        harness = 1000 * (time.process_time() - began) / items
        costs = Costs(harness, model_ms(task, 40), program_ms(task, 1000))
    if profiler is not None:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
    table(
        ["of a work item", "CPU ms"],
        [
            ["harness", f"{costs.harness:.3f}"],
            ["embedded model, 32 tokens", f"{costs.model:.2f}"],
            ["trivial program, local sandbox", f"{costs.program:.2f}"],
            ["share of the harness", f"{100 * costs.share:.1f} %"],
        ],
    )


def model_ms(task: FolderTask, problems: int) -> float:
    """Of one sample of the embedded model."""
    prompts = [task.prompt(problem, "prompt") for problem in task.problems()[:problems]]
    model, sampling = load_model("tiny"), Sampling(n=SAMPLES, temperature=0.8, max_tokens=32)
    began = time.process_time()
    count = sum(len(batch) for batch in model.batches(prompts, sampling))
    return 1000 * (time.process_time() - began) / count


def program_ms(task: FolderTask, count: int) -> float:
    """Of one program in the local sandbox, with what drives it."""
    problem = task.problems()[0]
    (check,) = task.checks(problem, f"def f(x):\n{problem.reference}")
    with open_sandbox("local", workers=2) as sandbox:
        sandbox.submit(check.program).result()
        meter = Meter(engine=False)
        for future in [sandbox.submit(check.program) for _ in range(count)]:
            assert future.result().passed
        return 1000 * meter.stop() / count


#: What takes how long: seconds of generation for a sample, of a program; and of the programs
#: of the first half, where these take longer.
CASES = {
    "generation takes longer": (0.020, 0.020, 0.020),
    "programs take longer": (0.005, 0.040, 0.040),
    "both take as long": (0.010, 0.040, 0.040),
    "programs take longer at first": (0.010, 0.010, 0.070),
}
WORKERS, OVERLAPPED = 4, 1000  # programs at once; work items


def overlap() -> None:
    rows = []
    for name, (sample, later, first) in CASES.items():
        half = OVERLAPPED // SAMPLES // 2
        with sums(2 * half) as (place, task):
            model = Model(together=1, seconds=sample)
            sandbox = Timed(WORKERS, lambda p: first if int(p.id) < half else later)  # noqa: B023
            began = time.perf_counter()
            run(place / "run", task, model, sandbox, Watch([]), SAMPLES)
            wall = time.perf_counter() - began
        generation, execution = model.busy, sum(sandbox.busy) / WORKERS
        longer = max(generation, execution)
        rows.append(
            [name, *(f"{s:.1f}" for s in (generation, execution, wall)), f"{wall / longer:.2f}"]
        )
    table(["", "generation s", "execution s", "wall s", "of the longer"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["memory", "overhead", "overlap"])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="of the harness, to stdout")
    asked = parser.parse_args()
    if asked.what == "memory":
        memory(asked.items)
    elif asked.what == "overhead":
        overhead(asked.items, asked.profile)
    else:
        overlap()


if __name__ == "__main__":
    main()
