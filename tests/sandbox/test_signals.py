"""Programs heed signals, whatever those ignored who started the sandbox."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from codeupdate.errors import SandboxUnavailable
from codeupdate.sandbox import Sandbox, open_sandbox
from codeupdate.types import Program, UnitTest

IGNORED = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)

INTERRUPTED = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("it was not interrupted")
except KeyboardInterrupt:
    pass
"""
ENDED = """
import os, signal
for number in (signal.SIGQUIT, signal.SIGHUP):
    pid = os.fork()
    if not pid:
        os.kill(os.getpid(), number)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == number
"""
AS_PYTHON_DOES = """
import signal
assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that is started as ``nohup`` and a shell's background jobs start it."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in IGNORED}
    try:
        with open_sandbox("local", workers=1) as opened:
            opened.submit(Program("first", "python", "pass")).result(timeout=120)
            yield opened
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize("apart", [False, True])
def test_what_the_caller_ignored_is_heeded(sandbox: Sandbox, apart: bool) -> None:
    tests = (INTERRUPTED, ENDED, AS_PYTHON_DOES)
    program = Program(
        "p",
        "python",
        "def f(): return 1",
        tuple(UnitTest(f"t{n}", source) for n, source in enumerate(tests)),
        apart=("f",) if apart else (),
    )
    verdict = sandbox.submit(program).result(timeout=120)
    assert verdict.passed, verdict.detail
