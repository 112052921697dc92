"""How many programs per second a sandbox judges, beside plain ``python file.py``.

    python benchmarks/sandbox_throughput.py [--sandbox local] [--workers 2] [--environment python]

The two are measured in turns, so that a busy machine slows both; compare the ratio. With
``--imports numpy,pandas`` every program imports these first (name an environment that has,
and preloads, them; the interpreter that runs this has to have them too).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.types import Program, UnitTest

SOURCE = "def add(a, b):\n    return a + b\n"
TESTS = "assert add(1, 2) == 3\nassert add(0, 0) == 0\nassert add(-1, 1) == 0\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sandbox", choices=("local", "docker"), default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--environment", default="python")
    parser.add_argument("--imports", default="", help="what every program imports, with commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each half of a round")
    options = parser.parse_args()

    source = "".join(f"import {name}\n" for name in options.imports.split(",") if name) + SOURCE
    program = Program("p", options.environment, source, (UnitTest("t", TESTS),))
    rates: list[tuple[float, float]] = []
    with open_sandbox(options.sandbox, workers=options.workers) as sandbox:
        warm = sandbox.submit(program).result()
        if not warm.passed:
            sys.exit(f"the program does not pass in '{options.environment}': {warm.detail}")
        for number in range(options.rounds):
            boxed = in_sandbox(sandbox, program, options.workers, options.seconds)
            plain = as_files(source + TESTS, options.workers, options.seconds)
            rates.append((boxed, plain))
            print(f"round {number + 1}: {boxed:.1f} in the sandbox, {plain:.1f} plain (per second)")
    print(
        f"{options.sandbox}, {options.workers} workers: {median(b for b, _ in rates):.1f} programs/s, "
        f"{median(b / p for b, p in rates):.2f} times plain python ({median(p for _, p in rates):.1f}/s)"
    )


def in_sandbox(sandbox: Sandbox, program: Program, workers: int, seconds: float) -> float:
    """Programs per second, with as many waiting as keep the workers busy."""
    began = time.perf_counter()
    waiting = [sandbox.submit(program) for _ in range(4 * workers)]
    done = 0
    while waiting:
        if not waiting.pop(0).result().passed:
            sys.exit("a program that passes did not pass")
        done += 1
        if time.perf_counter() - began < seconds:
            waiting.append(sandbox.submit(program))
    return done / (time.perf_counter() - began)


def as_files(text: str, workers: int, seconds: float) -> float:
    """Programs per second, each a fresh interpreter on a file."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as threads:
        file = Path(folder) / "program.py"
        file.write_text(text)
        began = time.perf_counter()

        def until_time_is_up() -> Iterator[int]:
            while time.perf_counter() - began < seconds:
                yield subprocess.run([sys.executable, str(file)], check=True).returncode

        done = sum(threads.map(lambda _: len(list(until_time_is_up())), range(workers)))
        return done / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
