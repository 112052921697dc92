"""Reports of a program may arrive in another order than they are waited for."""

from __future__ import annotations

from dataclasses import asdict

from codeupdate import plugins
from codeupdate.types import Program, UnitTest


def test_a_test_that_is_done_before_its_parent_tells_of_it_is_heard() -> None:
    worker = plugins.load_module(plugins.folder("sandbox") / "worker.py")
    program = asdict(Program("p", "python", "", (UnitTest("a", ""), UnitTest("b", ""))))
    supervision = worker.Supervision(program, {}, ())
    done = {"done": True, "token": "t", "outcome": "passed", "message": "", "calls": {}}
    ended = {"ended": True, "status": 0, "rss": 0}
    supervision.inbox.extend([done, {"started": 7}, ended])
    assert supervision._await("started", None) == {"started": 7}
    assert supervision._await("done", {"started": 7}) == done
