"""Runs test modules that are written for unittest or pytest, one result for each test."""

import pristine

__builtins__ = pristine.BUILTINS


import contextlib
import os
import sys
import types
import warnings

import explanation


class Failed(Exception):
    """A module did not pass as a whole; raised after its tests were told."""

    def __init__(self, outcome, message):
        super().__init__(outcome, message)
        self.outcome = outcome
        self.message = message


def _store(source, name):
    """Put the module where its test runner and its own file tricks expect it."""
    sys.modules.pop(name, None)  # the same name may have had another source
    path = os.path.join(os.getcwd(), name + ".py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    return path


# -------------------------------------------------------------------------------- unittest


def run_unittest(source, name, tell, suspect):
    """Run every TestCase of the module ``source``, in the order of unittest.

    ``tell(name, outcome, message)`` is called for each test, ``suspect(what)`` for what ordinary
    solutions do not do. Raises Failed, and whatever the
    module raises while it is imported.
    """
    import unittest

    path = _store(source, name)
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(source, path, "exec"), module.__dict__)
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    if not suite.countTestCases():
        raise Failed("error", b"the module has no tests")
    result = _recorder(unittest, tell, suspect)
    with warnings.catch_warnings():
        suite.run(result)
    if result.worst:
        raise Failed(*result.worst)


def _recorder(unittest, tell, suspect):
    class Recorder(unittest.TestResult):
        """Tells each test's result when the test is over."""

        worst = None
        _last = None

        def startTest(self, test):
            super().startTest(test)
            self._last = ("passed", b"")

        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            method = getattr(test, getattr(test, "_testMethodName", ""), None)
            if not any(getattr(o, "__unittest_skip__", False) for o in (type(test), method)):
                suspect("a test was skipped while it ran")
            self._last = ("passed", b"skipped: " + explanation.shorten(reason))

        def stopTest(self, test):
            super().stopTest(test)
            tell(_short(test), *self._last)

        def _note(self, outcome, message, test):
            self.worst = self.worst or (outcome, message)
            if self._last is None:  # in setUpClass or setUpModule: there is no test of it
                tell(str(test), outcome, message)
            else:
                self._last = (outcome, message)

        def addError(self, test, err):
            outcome = explanation.classify(err[1])
            self._note("memory" if outcome == "memory" else "error", _told(err), test)

        def addFailure(self, test, err):
            self._note("failed", _told(err), test)

        def addSubTest(self, test, subtest, err):
            if err is not None:
                failed = issubclass(err[0], test.failureException)
                self._note("failed" if failed else "error", _told(err), test)

        def addUnexpectedSuccess(self, test):
            self._note("failed", b"it passed and was expected to fail", test)

    return Recorder()


def _told(err):
    return explanation.describe(err[1])


def _short(test):
    return "%s.%s" % (type(test).__name__, getattr(test, "_testMethodName", "?"))


# ---------------------------------------------------------------------------------- pytest


def run_pytest(source, name, tell, suspect):
    """Run the module ``source`` by pytest, as its command line would in that folder.

    It passes exactly where pytest's exit status is 0.
    """
    import pytest

    path = _store(source, name)
    recorder = _PytestRecorder(tell, suspect)
    arguments = [path, "--disable-warnings", "-q", "-p", "no:cacheprovider", "--rootdir=."]
    # What a candidate could have put into its folder or its environment is not read.
    arguments += ["-c", os.devnull, "--noconftest"]
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    with _no_bytecode():
        status = int(pytest.main(arguments, plugins=[recorder]))
    if status == 0 and recorder.told:
        return
    if recorder.worst:
        raise Failed(*recorder.worst)
    what = {0: "no test ran", 2: "pytest was interrupted", 5: "the module has no tests"}
    raise Failed("error", what.get(status, "pytest ended with status %d" % status).encode())


@contextlib.contextmanager
def _no_bytecode():
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


class _PytestRecorder:
    """A plugin that tells each test's result when the test is over."""

    def __init__(self, tell, suspect):
        self._tell = tell
        self._suspect = suspect
        self.worst = None
        self.told = 0

    def pytest_runtest_logreport(self, report):
        if report.failed:
            text = str(report.longrepr)
            outcome = "error"
            if report.when == "call":
                outcome = "failed" if _is_assertion(report) else "error"
            self._note(report.nodeid, outcome, explanation.shorten(text))
        elif report.when == "call" or (report.when == "setup" and report.skipped):
            self.told += 1
            if report.skipped and report.when == "call" and not hasattr(report, "wasxfail"):
                self._suspect("a test was skipped while it ran")
            self._tell(_after(report.nodeid), "passed", b"skipped" if report.skipped else b"")

    def pytest_collectreport(self, report):
        if report.failed:
            self._note(report.nodeid, "error", explanation.shorten(str(report.longrepr)))

    def _note(self, node, outcome, message):
        self.worst = self.worst or (outcome, message)
        self._tell(_after(node), outcome, message)


def _is_assertion(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    message = getattr(crash, "message", "")
    return message.startswith(("AssertionError", "assert ", "Failed:"))


def _after(node):
    """``TestX::test_y`` of a node id that begins with the file."""
    return node.partition("::")[2].replace("::", ".") or node


RUNNERS = {"unittest": run_unittest, "pytest": run_pytest}
