"""The process in which a test runs when its candidate is judged apart.

It has never seen the candidate, and the candidate never sees it: they share two ends of a
socket, over which calls and results cross by value.
"""

import linecache
import os
import sys
import types

import confinement
import explanation
import orders
import remote
import reports
from program import execute


def become_judge(program, hello, control, report, link):
    """In the forked child: run the one test that is ordered. No return."""
    reporter = reports.Reporter(report)
    try:
        try:
            confinement.heed_signals()
            confinement.drop_privileges(hello["judge"])
            confinement.limit(program["limits"])
            module = types.ModuleType("tests")
            sys.modules["__main__"] = module
            for name in program["apart"]:
                module.__dict__[name] = remote.Remote(name, link)
        except BaseException as error:
            reporter.tell(reports.UNREADY, explanation.describe(error))
            return
        order = next(iter(orders.Orders(control, reports.NO_TOKEN)))
        file = "%s.py" % program["tests"][order.number]["name"]
        try:
            source = order.source()
            execute(source, file, module.__dict__)
            outcome, message = "passed", b""
        except BaseException as error:
            linecache.cache[file] = (len(source), None, source.splitlines(True), file)
            outcome, message = explanation.classify(error), explanation.describe(error)
        reporter.tell(reports.DONE, message, outcome, order.token)
    finally:
        os._exit(0)
