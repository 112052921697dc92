"""What judging a program costs: our sandbox beside its peers.

Measures programs per second and CPU milliseconds per program, for three kinds of programs,
each a function and three asserts:

  trivial   imports nothing
  sci       imports numpy and pandas
  torch     imports torch

A round measures every design for some seconds, one after another, so that a machine that is
busy with other things slows all of them alike. A figure is the median of the rounds; a ratio
is taken within a round, and is the median of these. Ratios hold on other machines too, and
CPU milliseconds are the steadier of the two figures.

CPU time is that of everything that worked for a program: this process, its workers, their
children, whether they still run or not. For the designs with Docker it is also that of the
engine (dockerd, containerd, a shim for each container) and of all that runs in containers;
should others use the same engine meanwhile, their share is in it. Only root can read it.

examples:
  python benchmarks/sandbox.py                          the table of docs/performance.md
  python benchmarks/sandbox.py --programs trivial --seconds 1 --rounds 3
  python benchmarks/sandbox.py --designs local,docker,floor --json > figures.json
  python benchmarks/sandbox.py --soak 10000             is anything left behind?
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from designs import DESIGNS, KINDS, Run, Setup, Unavailable
from processes import Meter, why_engine_cannot_be_counted
from soak import SOAKED, Soak, soak


@dataclass(frozen=True)
class Sample:
    """What one round says of a design."""

    per_second: float
    cpu_ms: float | None  # for a program; None where it cannot be counted


#: What every round says, by kind of program and design.
Samples = Mapping[tuple[str, str], list[Sample]]


@dataclass(frozen=True)
class Goal:
    """What the project promises of one of our designs, and how it is here."""

    design: str
    text: str
    wanted: str
    measured: float
    met: bool


def main() -> None:
    options = parse()
    if options.soak:
        sys.exit(soak_all(options))
    with ExitStack() as stack:
        opened, skipped = open_all(options, stack)
        samples = measure(opened, options.rounds, options.seconds)
    goals = list(goals_of(samples))
    if options.json:
        print(json.dumps(as_json(options, samples, goals, skipped), indent=2))
    else:
        show(options, samples, goals, skipped)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--programs", type=names_of(KINDS), default=[*KINDS], help=f"of {', '.join(KINDS)}"
    )
    parser.add_argument(
        "--designs", type=names_of(DESIGNS), default=[*DESIGNS], help=f"of {', '.join(DESIGNS)}"
    )
    parser.add_argument("--workers", type=int, default=2, help="programs at once (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how many (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="of a design in a round (%(default)s)"
    )
    parser.add_argument(
        "--evalplus",
        type=Path,
        metavar="DIR",
        help="where 'pip install --target DIR --no-deps evalplus numpy psutil' has put it; "
        "left out, that is done in a temporary folder",
    )
    parser.add_argument(
        "--soak",
        type=int,
        metavar="N",
        nargs="?",
        const=10_000,
        help="judge N trivial programs in a row (%(const)s) instead, and look for what stays "
        f"behind; for the designs {', '.join(SOAKED)}",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def names_of(known: Mapping[str, object]) -> Callable[[str], list[str]]:
    """Reads names with commas between them."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(
                f"there is no '{unknown[0]}'; known: {', '.join(known)}"
            )
        return names

    return read


# ------------------------------------------------------------------------ measuring


@dataclass(frozen=True)
class Opened:
    """A design that is ready to judge programs of a kind."""

    kind: str
    design: str
    run: Run
    cpu_is_known: bool

    def sample(self, seconds: float) -> Sample:
        meter = Meter(engine=DESIGNS[self.design].engine and self.cpu_is_known)
        began = time.perf_counter()
        done = self.run(seconds)
        per_second = done / (time.perf_counter() - began)
        cpu = meter.stop()
        return Sample(per_second, 1000 * cpu / done if self.cpu_is_known else None)


def open_all(options: argparse.Namespace, stack: ExitStack) -> tuple[list[Opened], dict[str, str]]:
    """The designs that can be had, and of the others why not."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    opened: list[Opened] = []
    skipped: dict[str, str] = {}
    for design in options.designs:
        for kind in options.programs:
            say(f"starting {DESIGNS[design].title}: {kind}")
            own = folder / f"{design}-{kind}"
            own.mkdir()
            setup = Setup(KINDS[kind], options.workers, own, options.evalplus)
            try:
                run = stack.enter_context(DESIGNS[design].open(setup))
            except Unavailable as error:
                skipped[f"{DESIGNS[design].title}: {kind}"] = str(error)
                continue
            problem = why_engine_cannot_be_counted() if DESIGNS[design].engine else None
            if problem:
                skipped[f"{DESIGNS[design].title}: {kind}, CPU"] = problem
            opened.append(Opened(kind, design, run, cpu_is_known=not problem))
    return opened, skipped


def measure(opened: list[Opened], rounds: int, seconds: float) -> Samples:
    samples: dict[tuple[str, str], list[Sample]] = {}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for one in opened:
            samples.setdefault((one.kind, one.design), []).append(one.sample(seconds))
    return samples


# --------------------------------------------------------------------------- goals


def goals_of(samples: Samples) -> Iterator[Goal]:
    """The goals that what was measured allows to judge."""
    for ours in ("local", "docker"):
        for peer, times in (("evalplus", 3), ("docker-run", 30)):
            yield from faster(samples, "trivial", ours, peer, times)
        if (cost := cpu(samples, "trivial", ours)) is not None:
            yield Goal(ours, "CPU ms of a trivial program", "at most 2", cost, cost <= 2)
        for kind in ("sci", "torch"):
            yield from faster(samples, kind, ours, "plain", 25)
            yield from nearly_as_cheap(samples, kind, ours, "floor", 1.5)


def faster(samples: Samples, kind: str, ours: str, peer: str, times: float) -> Iterator[Goal]:
    rounds = zip(samples.get((kind, ours), ()), samples.get((kind, peer), ()), strict=False)
    if ratios := [mine.per_second / other.per_second for mine, other in rounds]:
        ratio = median(ratios)
        text = f"{kind} programs/s, times {DESIGNS[peer].title}"
        yield Goal(ours, text, f"at least {times:g}", ratio, ratio >= times)


def nearly_as_cheap(
    samples: Samples, kind: str, ours: str, peer: str, times: float
) -> Iterator[Goal]:
    rounds = zip(samples.get((kind, ours), ()), samples.get((kind, peer), ()), strict=False)
    ratios = [mine.cpu_ms / other.cpu_ms for mine, other in rounds if mine.cpu_ms and other.cpu_ms]
    if ratios:
        ratio = median(ratios)
        text = f"CPU of a {kind} program, times {DESIGNS[peer].title}"
        yield Goal(ours, text, f"at most {times:g}", ratio, ratio <= times)


def per_second(samples: Samples, kind: str, design: str) -> float | None:
    rounds = samples.get((kind, design))
    return median(sample.per_second for sample in rounds) if rounds else None


def cpu(samples: Samples, kind: str, design: str) -> float | None:
    known = [s.cpu_ms for s in samples.get((kind, design), ()) if s.cpu_ms is not None]
    return median(known) if known else None


# ------------------------------------------------------------------------- telling


def show(
    options: argparse.Namespace, samples: Samples, goals: list[Goal], skipped: dict[str, str]
) -> None:
    """Markdown, to be put into docs/performance.md as it is."""
    kinds, designs = options.programs, options.designs
    print(f"{about(options)}\n")
    print_table(
        ["design", *(f"{kind}/s" for kind in kinds), *(f"{kind} CPU ms" for kind in kinds)],
        [
            [DESIGNS[design].title]
            + [figure(per_second(samples, kind, design)) for kind in kinds]
            + [figure(cpu(samples, kind, design)) for kind in kinds]
            for design in designs
        ],
    )
    if goals:
        print()
        print_table(
            ["goal", "design", "wanted", "measured", ""],
            [
                [
                    goal.text,
                    goal.design,
                    goal.wanted,
                    figure(goal.measured),
                    "met" if goal.met else "missed",
                ]
                for goal in goals
            ],
        )
    for name, reason in skipped.items():
        print(f"\nleft out: {name} ({reason})")


def about(options: argparse.Namespace) -> str:
    load = os.getloadavg()[0]
    return (
        f"{options.workers} programs at once on {os.cpu_count()} cores (load {load:.1f} at the end), "
        f"medians of {options.rounds} rounds of {options.seconds:g} s"
    )


def print_table(head: list[str], rows: list[list[str]]) -> None:
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")


def figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_json(
    options: argparse.Namespace, samples: Samples, goals: list[Goal], skipped: dict[str, str]
) -> dict[str, Any]:
    return {
        "workers": options.workers,
        "cores": os.cpu_count(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "figures": [
            {
                "programs": kind,
                "design": design,
                "per_second": per_second(samples, kind, design),
                "cpu_ms": cpu(samples, kind, design),
                "rounds": [asdict(sample) for sample in rounds],
            }
            for (kind, design), rounds in samples.items()
        ],
        "goals": [asdict(goal) for goal in goals],
        "left_out": skipped,
    }


def say(text: str) -> None:
    """What is going on, for who waits."""
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------- soak


def soak_all(options: argparse.Namespace) -> int:
    """The exit status: 1 where something stays behind or nothing could be run."""
    done: list[Soak] = []
    for design in SOAKED:
        if design in options.designs:
            say(f"{DESIGNS[design].title}: {options.soak} programs")
            try:
                done.append(soak(design, options.soak, options.workers))
            except Unavailable as error:
                say(f"left out: {DESIGNS[design].title} ({error})")
    if options.json:
        print(
            json.dumps(
                [{**asdict(one), "left_behind": one.left_behind()} for one in done], indent=2
            )
        )
    else:
        for one in done:
            show_soak(one)
    return int(not done or any(one.left_behind() for one in done))


def show_soak(result: Soak) -> None:
    title = DESIGNS[result.design].title
    print(f"{title}: {result.programs} programs, {result.per_second:.0f} a second\n")
    moments = [asdict(m) for m in (result.before, result.warm, result.after, result.closed)]
    print_table(
        ["", "before", "warm", "after", "closed"],
        [[name.replace("_", " "), *(f"{m[name]:.0f}" for m in moments)] for name in moments[0]],
    )
    for problem in result.left_behind() or ["nothing is left behind"]:
        print(f"\n{problem}")
    print()


if __name__ == "__main__":
    main()
