"""The loaded candidate: a process that shares its memory with hostile code, and trusts
nothing that it could have changed."""

import pristine

__builtins__ = pristine.BUILTINS  # what a candidate patches, it patches for itself

import builtins
import gc
import importlib
import linecache
import os
import sys
import types

import clock
import confinement
import explanation
import frameworks
import orders
import remote
import reports
import suspicion
from watch import Watch

#: Descriptors of the pipes from and to the supervisor; stdout and stderr are in place too.
CONTROL, REPORT = 3, 4
FAILURES = frozenset(["failed", "error", "memory"])
#: The namespace of the candidate, made before it is needed.
MODULE = types.ModuleType("candidate")


def become_program(program, hello, links, key):
    """In the forked child: take limits, load the candidate, run tests on demand. No return.

    ``links`` has a descriptor for each test that a judge runs. ``key`` shows that it is we
    who say that the candidate is loaded, and opens the tokens of the tests.
    """
    reporter = reports.Reporter(REPORT)
    try:
        try:
            os.chdir(hello["work"])
            confinement.heed_signals()
            confinement.drop_privileges(hello["uid"])
            confinement.limit(program["limits"], 1024 + len(links))
            if "random" in sys.modules:
                sys.modules["random"].seed(0)
            if program["clock"]:
                clock.freeze(program["clock"])
            loaded = Loaded(program, orders.Orders(CONTROL, key), reporter, links, key)
            gc.enable()
        except BaseException as error:
            reporter.tell(reports.UNREADY, explanation.describe(error), token=key)
            return
        loaded.run()
    finally:
        os._exit(70)


class Loaded:
    """One candidate in its namespace, and the tests that are ordered."""

    # Bound before the candidate can replace them in their modules.
    _fork, _exit = staticmethod(os.fork), staticmethod(os._exit)
    _wait4, _setsid = staticmethod(os.wait4), staticmethod(os.setsid)
    _close, _dup2 = staticmethod(os.close), staticmethod(os.dup2)

    def __init__(self, program, orders, reporter, links, key):
        self.program = program
        self.orders = orders
        self.key = key
        self.prelude, self.source = (self.orders.text(program[n]) for n in ("prelude", "source"))
        self.reporter = reporter
        self.links = links
        self.watch = Watch()
        self.streams = (sys.stdout, sys.stderr)
        self.unexplained = None  # the exception that ended the last test in this process
        self.script = not program["tests"]
        self.file = "%s.py" % program["module"]
        self.namespace = MODULE.__dict__
        self.namespace["__builtins__"] = builtins
        MODULE.__name__ = "__main__" if self.script else program["module"]
        # Nobody finds the worker as __main__.
        sys.modules["__main__"] = sys.modules[MODULE.__name__] = MODULE
        if not self.script and any(test["framework"] != "none" for test in program["tests"]):
            self._as_a_file()
            for framework in {test["framework"] for test in program["tests"]} - {"none"}:
                importlib.import_module(framework)  # what the candidate brings comes too late

    def _as_a_file(self):
        """Let the candidate be a file, as it is where its test module imports it."""
        self.file = MODULE.__file__ = os.path.join(os.getcwd(), self.file)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(self.source)
        sys.path.insert(0, os.getcwd())
        sys.modules["__main__"] = types.ModuleType("__main__")

    def run(self):
        program = self.program
        source = "" if self.script else self.source
        outcome, _ = self._attempt(
            lambda: (
                execute(self.prelude, "prelude.py", self.namespace),
                self.watch.set(program["watch"]),
                suspicion.look_out(self.reporter),
                execute(source, self.file, self.namespace),
            )
        )
        self._flush()
        if outcome != "passed":
            message = self._explanation({"prelude.py": self.prelude, self.file: source})
            self.reporter.tell(reports.LOADED, message, outcome)
            self._exit(0)
        self.reporter.tell(reports.LOADED, self.watch.told(), token=self.key)
        for order in self.orders:
            run = self._serve if order.apart else self._run_test
            if not order.fork:
                confinement.allow_more_cpu(self.program["limits"])
                run(order)
                continue
            state = self._random_state()
            pid = self._fork()
            if not pid:
                self._setsid()
                if state:
                    sys.modules["random"].setstate(state)
                run(order)
                self._exit(0)
            if order.apart:
                self._close(self.links[order.number])
            self.reporter.tell(reports.STARTED, b"%d" % pid)
            _, status, usage = self._wait4(pid, 0)
            cpu = usage.ru_utime + usage.ru_stime
            self.reporter.tell(reports.ENDED, b"%d %d %.3f" % (status, usage.ru_maxrss, cpu))

    def _random_state(self):
        """That of Python's generator, which would take another seed in every forked process:
        a candidate may have seeded it."""
        return "random" in sys.modules and sys.modules["random"].getstate()

    def _run_test(self, order):
        source = order.source()
        if self.script:
            source, file, framework, script = source or self.source, self.file, "none", None
        else:
            test = self.program["tests"][order.number]
            file, framework = "%s.py" % test["name"], test["framework"]
            script = file if test["ends"] else None
        if order.control:
            self._be_silent()
        if framework == "none":
            outcome, message = self._attempt(lambda: execute(source, file, self.namespace), script)
        else:
            run = frameworks.RUNNERS[framework]

            def tell(name, outcome, message):
                body = name.encode("utf-8", "backslashreplace")[:400] + b"\0" + message
                self.reporter.tell(reports.ITEM, body, outcome, order.token)

            outcome, message = self._attempt(
                lambda: run(source, file[:-3], tell, self.reporter.suspect)
            )
        shown = {self.file: self.source, file: source}
        if order.fork:
            message = message or self._explanation(shown)
        self._flush()
        if self.watch.counts:
            self.reporter.tell(reports.COUNTS, self.watch.told())
        self.reporter.tell(reports.DONE, message, outcome, order.token)
        # That a control failed as it had to needs no telling, which takes long.
        if outcome != "passed" and not (message or order.control or order.fork):
            self.reporter.tell(reports.EXPLAINED, self._explanation(shown), token=order.token)

    def _be_silent(self):
        """What a control prints is no output of the program."""
        for number in (1, 2):
            try:
                self._dup2(0, number)  # /dev/null
            except OSError:
                pass  # the candidate closed it, and its output is what it likes anyway

    def _serve(self, order):
        """Answer a judge's calls until it has no more."""
        remote.serve(self.links[order.number], self.namespace, self.program["apart"])
        self._flush()
        self.reporter.tell(reports.COUNTS, self.watch.told())

    def _attempt(self, action, script=None):
        """Outcome of ``action``, and the message where it brings one. ``script``: the file
        that may end the process as a script does."""
        self.unexplained = None
        try:
            action()
        except frameworks.Failed as failure:
            return failure.outcome if failure.outcome in FAILURES else "error", failure.message
        except BaseException as error:
            if script and explanation.ends_well(error, script):
                return "passed", b""
            self.unexplained = error
            return explanation.classify(error), b""
        return "passed", b""

    def _explanation(self, shown):
        """What ended the last test, told with lines of the files ``shown``."""
        error, self.unexplained = self.unexplained, None
        if error is None:
            return b""
        for file, source in shown.items():
            linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        return explanation.describe(error)

    def _flush(self):
        for stream in self.streams:
            try:
                stream.flush()
            except Exception:
                pass  # the candidate closed it: nothing more is to be had from it


def execute(source, file, namespace):
    """Run ``source`` as if it stood in ``file``."""
    if source:
        exec(compile(source, file, "exec"), namespace)
