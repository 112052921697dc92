"""The life of a program, lived by the supervisor, before there are any.

What the interpreter does at the first use of something (resolve a name in a shared library,
specialise bytecode, look an attribute up, make the classes of the syntax tree) it would do in
every program again, and every page that it writes to is copied first.
"""

import _socket  # without the many constants of socket, which would be copied for every program
import linecache
import os
import sys

import explanation
import orders
import program
import remote
import reports
import suspicion

TIMES = 12  # bytecode is specialised when it has run a few times
SOURCE = b"def f(x):\n    return x\n"
TEST, CONTROL = b"assert f(1) == 1\n", b"assert f(1) == 2\n"


def rehearse():
    """Load a candidate and test it, and undo all of it."""
    modules, path, namespace = dict(sys.modules), list(sys.path), dict(program.MODULE.__dict__)
    null = os.open(os.devnull, os.O_WRONLY)
    for _ in range(TIMES):
        control, ordering = os.pipe()
        os.write(ordering, SOURCE)
        for flags, source in ((0, TEST), (orders.CONTROL, CONTROL)):
            os.write(ordering, orders.head(0, flags, reports.NO_TOKEN, len(source)) + source)
        os.close(ordering)
        reporter = reports.Reporter(null)
        lines = orders.Orders(control, reports.NO_TOKEN)
        program.Loaded(_program(), lines, reporter, {}, reports.NO_TOKEN).run()
        os.close(control)
        suspicion.look_away()
        _call()
    _fail()
    os.close(null)
    linecache.clearcache()
    program.MODULE.__dict__.clear()
    program.MODULE.__dict__.update(namespace)
    sys.modules.clear()
    sys.modules.update(modules)
    sys.path[:] = path


def _program():
    test = {"name": "t", "framework": "none", "ends": False, "length": len(TEST)}
    limits = {"cpu_seconds": 1.0}
    return {"prelude": 0, "source": len(SOURCE), "tests": [test], "watch": [],
            "module": "candidate", "apart": [], "limits": limits}  # fmt: skip


def _call():
    """Both sides of a call from a judge, one after the other."""
    there, here = _socket.socketpair()
    remote.send(there.fileno(), remote.to_plain(["f", [1], {}]))
    there.shutdown(_socket.SHUT_WR)
    remote.serve(here.fileno(), {"f": abs}, ["f"])  # its answer waits to be received
    here.close()
    there.close()
    there, here = _socket.socketpair()
    remote.send(there.fileno(), {"result": 1, "arguments": remote.to_plain([[1], {}])})
    remote.Remote("f", here.fileno())(1)
    here.close()
    there.close()


def _fail():
    try:
        program.execute("assert False", "rehearsal.py", {})
    except AssertionError as error:
        explanation.describe(error)
