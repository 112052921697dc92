"""The harnesses that the sandbox is compared with, each run as a process of its own.

    python peers.py floor [MODULE …]
    python peers.py unprotected PROGRAM.json
    python peers.py command COMMAND [ARGUMENT …]
    python peers.py multiprocessing PROGRAM.json
    python peers.py evalplus PROGRAM.json

It judges the same program over and over, one at a time; two of these processes keep two
cores busy. It says ``ready`` after the first program, then reads a number of seconds from
stdin, works that long and writes how many programs it judged; and so on until stdin ends.
A program that does not pass ends it with the reason.

Nothing is imported before it is needed, and nothing of codeupdate: each module makes forking
dearer, and a peer shall pay for its own ones only.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

SECONDS = 60  # a program may take


def main() -> None:
    harness, *arguments = sys.argv[1:] or ["--help"]
    if harness in {"-h", "--help"}:
        print(__doc__)
        return
    if harness not in HARNESSES:
        sys.exit(f"there is no harness '{harness}'; there are: {', '.join(HARNESSES)}")
    check = HARNESSES[harness](arguments)
    check()
    print("ready", flush=True)
    for line in sys.stdin:
        end = time.perf_counter() + float(line)
        done = 0
        while time.perf_counter() < end:
            check()
            done += 1
        print(done, flush=True)


# Each of these gives a function that judges the program once, and ends where it did not pass.


def floor(modules: list[str]) -> Callable[[], None]:
    """What no design that forks can go below: a process that has the libraries ends at once."""
    import gc

    for name in modules:
        __import__(name)
    gc.collect()
    gc.freeze()

    def check() -> None:
        pid = os.fork()
        if not pid:
            os._exit(0)
        os.waitpid(pid, 0)

    return check


def unprotected(arguments: list[str]) -> Callable[[], None]:
    """A process that has the libraries forks one that runs the program, and nothing holds that
    back: an exit status tells whether it passed."""
    import gc
    import json
    from pathlib import Path

    program = json.loads(Path(arguments[0]).read_text())
    source: str = program["source"] + program["tests"]
    exec(source, {})  # what it imports is there from now on
    gc.collect()
    gc.freeze()

    def check() -> None:
        pid = os.fork()
        if not pid:
            try:
                exec(source, {})
            except BaseException:
                os._exit(1)
            os._exit(0)
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit("a right program did not pass")

    return check


def command(arguments: list[str]) -> Callable[[], None]:
    """A new interpreter for every program: ``python``, ``docker run``, ``docker exec``."""
    import subprocess

    def check() -> None:
        subprocess.run(arguments, check=True, timeout=SECONDS)

    return check


def human_eval_style(arguments: list[str]) -> Callable[[], None]:
    """As HumanEval's harness: a new process for every program, an alarm, a folder, ``exec``.

    Leaves out the manager that the original starts for every program, a second process.
    """
    import contextlib
    import io
    import json
    import multiprocessing
    import signal
    import tempfile
    from pathlib import Path

    program = json.loads(Path(arguments[0]).read_text())
    source: str = program["source"] + program["tests"]
    fork = multiprocessing.get_context("fork")

    def execute(writer: Connection) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            os.chdir(folder)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                exec(source, {})
                result = "passed"
            except BaseException as error:
                result = f"failed: {error}"
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.chdir("/")
        writer.send(result)

    def check() -> None:
        reader, writer = fork.Pipe(duplex=False)
        process = fork.Process(target=execute, args=(writer,))
        process.start()
        process.join(SECONDS + 1)
        if process.is_alive():
            process.kill()
        result = reader.recv() if reader.poll() else "timed out"
        reader.close()
        writer.close()
        if result != "passed":
            sys.exit(f"it says '{result}' of a right program")

    return check


def evalplus(arguments: list[str]) -> Callable[[], None]:
    """EvalPlus' own function for one program."""
    import json
    from pathlib import Path

    from evalplus.eval import untrusted_check  # type: ignore[import-not-found]

    program = json.loads(Path(arguments[0]).read_text())

    def check() -> None:
        result, _ = untrusted_check(
            dataset="humaneval",
            code=program["source"],
            inputs=program["inputs"],
            entry_point=program["entry_point"],
            expected=program["expected"],
            atol=0,
            ref_time=[1.0] * len(program["inputs"]),
        )
        if result != "pass":
            sys.exit(f"it says '{result}' of a right program")

    return check


HARNESSES = {
    "floor": floor,
    "unprotected": unprotected,
    "command": command,
    "multiprocessing": human_eval_style,
    "evalplus": evalplus,
}

if __name__ == "__main__":
    main()
