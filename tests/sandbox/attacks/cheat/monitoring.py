"""Reads the test by the monitoring of Python 3.12, which is told of all code that runs."""

import sys

expected = {}


def started(code, offset):
    numbers = [n for n in code.co_consts if isinstance(n, int) and n > 100_000]
    if len(numbers) == 2:
        expected[numbers[0]] = numbers[1]


monitoring = sys.monitoring
monitoring.use_tool_id(3, "spy")
monitoring.register_callback(3, monitoring.events.PY_START, started)
monitoring.set_events(3, monitoring.events.PY_START)


def f(x):
    return expected[x]
