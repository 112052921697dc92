"""Why a program was killed, as the supervisor tells it: by a limit of its own or for want of
memory in the machine, which no test provokes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from codeupdate import plugins
from codeupdate.types import Limits


@pytest.fixture
def supervision(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the worker; five processes of this machine have died for want of memory."""
    folder = str(plugins.folder("sandbox") / "worker")
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    import supervision

    monkeypatch.setattr(supervision.usage, "kills_for_memory", lambda: 5)
    yield supervision
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
            del sys.modules[name]


def supervised(supervision: Any, *, kills: int) -> Any:
    """A program of two tests, before either; ``kills`` is what its worker knew of so far."""
    one = object.__new__(supervision.Supervision)
    one.program = {"id": "p"}
    one.limits = {"cpu_seconds": Limits().cpu_seconds}
    one.hello = {"kills": kills}
    one.tests = [{"name": "first"}, {"name": "second"}]
    tail = SimpleNamespace(kept=lambda: b"")
    one.listener = SimpleNamespace(
        stopped=None, limit="", suspicions=[], stdout=tail, stderr=tail, ended=True
    )
    one.process = SimpleNamespace(cpu=0.0, peak=0)
    one.results, one.calls, one.peak = [], {}, 0
    one._waited, one._out_of_machine = 0.0, False
    return one


def test_what_the_kernel_ends_for_want_of_memory_is_told_from_a_limit(supervision: Any) -> None:
    one = supervised(supervision, kills=4)
    outcome, message = one._failure((int(signal.SIGKILL), 0.1))
    assert (outcome, message) == ("memory", "the machine had no memory left and ended it")
    one.results = [(0, outcome, None, message, 0.1), (1, "timeout", None, "wall limit", 0.1)]
    one.listener.limit = "wall"  # of the second test
    answer, _ = one._verdict(0.2)
    assert answer["verdict"]["limit"] == "machine"


def test_a_kill_that_was_heard_of_is_not_held_against_the_machine_again(supervision: Any) -> None:
    one = supervised(supervision, kills=4)
    one._failure((int(signal.SIGKILL), 0.1))
    again = supervised(supervision, kills=one.hello["kills"])
    outcome, message = again._failure((int(signal.SIGKILL), 0.1))
    assert (outcome, message) == ("error", "it was killed by signal 9 (SIGKILL)")
    again.results = [(0, outcome, None, message, 0.1)]
    assert again._verdict(0.2)[0]["verdict"]["limit"] == ""


@pytest.mark.parametrize(
    ("number", "kills", "kernels"),
    [
        (signal.SIGKILL, 4, True),
        (signal.SIGKILL, 5, False),  # a candidate may kill its judge
        (signal.SIGXCPU, 5, True),
        (0, 4, False),
    ],
)
def test_a_judge_may_be_what_the_machine_has_no_memory_for(
    supervision: Any, number: int, kills: int, kernels: bool
) -> None:
    one = supervised(supervision, kills=kills)
    assert sys.modules["apart"]._is_the_kernels(int(number), one) == kernels


@pytest.mark.parametrize(
    ("number", "cpu", "outcome", "limit"),
    [
        (signal.SIGXCPU, 10.0, "timeout", "cpu"),
        (signal.SIGKILL, 10.0, "timeout", "cpu"),
        (signal.SIGSEGV, 0.1, "error", ""),
    ],
)
def test_what_a_program_did_itself_is_its_own(
    supervision: Any, number: int, cpu: float, outcome: str, limit: str
) -> None:
    """Although the machine ran out of memory meanwhile."""
    one = supervised(supervision, kills=4)
    found, message = one._failure((int(number), cpu))
    one.results = [(0, found, None, message, 0.1)]
    assert (found, one._verdict(0.2)[0]["verdict"]["limit"]) == (outcome, limit)
