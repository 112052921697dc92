"""One program from fork to verdict, seen from the process that outlives it."""

import os
import signal
import time

import orders
import reports
import usage
from apart import GRACE, run_apart
from listener import GONE, LATE, Listener
from process import Broken, Process, kill
from trial import Trial


class Supervision:
    """One program. ``run`` may be called once."""

    def __init__(self, program, hello, channel, vault):
        self.program = program
        self.hello = hello
        self.vault = vault
        self.limits = program["limits"]
        self.tests = program["tests"] or [{"name": "program", "framework": "none", "length": 0}]
        self.process = Process(program, hello, channel)
        self.listener = Listener(self.process, self.limits, vault)
        self.results = []  # (test, outcome, name or None, message, seconds)
        self.calls = {}
        self.peak = 0  # bytes of memory, of a test in a process of its own
        self._loaded_calls = {}
        self._loaded_at = 0.0
        self._waited = 0.0
        self._out_of_machine = False  # the kernel ended something for want of memory
        self._ordered = {}  # number of a test → its token, as it crosses the pipe
        self._control_token = None  # the same

    def run(self):
        """The verdict, and the regions of the vault that go with it."""
        self._began = time.monotonic()
        blob = self.program["blob"]
        blob = blob[usage.write_files(self.hello["work"], self.program["files"], blob) :]
        sources = self.program["prelude"] + self.program["source"]
        self._tests_blob = blob[sources:]
        self.listener.send(self.process.control, blob[:sources])
        if self.program["apart"]:
            self.process.make_links(len(self.tests))
        else:
            # What is ordered now needs no waking up between loading and the first test.
            self._order_test(0)
        self.process.start()
        try:
            deadline = self.deadline()
            if self._is_last(0) and not self.program["apart"]:
                self._expect_nothing_else()
            if self._load(deadline):
                self._run_tests()
        finally:
            self.process.end()
            self.listener.hear_last_words()
            self.process.close()
        return self._verdict(time.monotonic() - self._began)

    # ----------------------------------------------------------------------- tests

    def _load(self, deadline):
        """Whether the candidate was loaded; if not, every test has its result."""
        report = self.listener.next(deadline)
        if report is LATE:
            self._stop_for_time()
        elif report is not GONE and report.kind == reports.UNREADY and self._is_ours(report):
            raise Broken("a program cannot be set up: %s" % report.text(1000))
        elif report is not GONE and report.kind == reports.LOADED and self._is_ours(report):
            self._count(report, self._loaded_calls)
            self.calls = dict(self._loaded_calls)
            self._loaded_at = self._moment(report, self._began)
            return True
        if report is LATE or report is GONE:
            outcome, message = self._failure()
        else:
            outcome, message = report.outcome, report.body
            if outcome == "passed":
                outcome, message = "error", "it claimed to be loaded and was not"
        for number in range(len(self.tests)):
            self.results.append((number, outcome, None, message, 0.0))
        return False

    def _is_ours(self, report):
        return report.token == self.process.key

    def _run_tests(self):
        for number in range(len(self.tests)):
            stopped = self.listener.stopped
            if stopped or (self.listener.ended and number not in self._ordered):
                outcome, message = stopped or ("error", "the program ended before this test")
                self.results.append((number, outcome, None, message, 0.0))
                continue
            if self.program["apart"]:
                outcome, message, told, seconds = run_apart(self, number)
            else:
                outcome, message, told, seconds = self._run_together(number)
            self.results += [(number, *item, 0.0) for item in told]
            if not told or (outcome != "passed" and all(item[0] == "passed" for item in told)):
                self.results.append((number, outcome, None, message, seconds))
        if self._control_token and self._all_passed() and not self.listener.stopped:
            self._hear_control()

    def _is_last(self, number):
        return number == len(self.tests) - 1

    def _all_passed(self):
        return all(result[1] == "passed" for result in self.results)

    def source(self, number):
        """Of a test, in the vault; after the last one comes the control."""
        place = sum(test["length"] for test in self.tests[:number])
        if number == len(self.tests):
            return self._tests_blob[place:]
        return self._tests_blob[place : place + self.tests[number]["length"]]

    def _run_together(self, number):
        """Outcome, message, the items of a test module, and seconds, of a test in the program;
        the last one runs in the process that loaded the candidate."""
        last = self._is_last(number)
        began = time.monotonic()
        if number:
            self._order_test(number)
            if last:
                self._expect_nothing_else()
        else:
            began = self._loaded_at
        trial = self._hear_test(self._ordered[number], last)
        ended = self._moment(trial.done, began)
        if last and trial.done and trial.done.outcome != "passed" and not trial.done.body:
            self._hear_why(trial)
        return (*self.outcome(trial), ended - began)

    def _moment(self, report, earliest):
        """When the report was told, as far as that can be, because a candidate may have made
        it up; now, if there is none."""
        now = time.monotonic()
        return min(now, max(earliest, report.at)) if report else now

    def _order_test(self, number):
        """Have the program run a test, and after the last one the control."""
        control, last = self.process.control, self._is_last(number)
        token = self._ordered[number] = os.urandom(reports.TOKEN)
        flags = 0 if last else orders.FORK
        self.listener.order(control, number, flags, token, self.source(number))
        if last and self.program["control"] and self._all_passed():
            token = self._control_token = os.urandom(reports.TOKEN)
            place = self.program["control"]["test"]
            source = self.source(len(self.tests))
            self.listener.order(control, place, orders.CONTROL, token, source)

    def _expect_nothing_else(self):
        """All that the program has to do was ordered."""
        self.listener.hang_up()
        self.listener.rest()

    def _hear_test(self, masked, last):
        # The token was not made before, so that no program inherits it.
        trial = Trial(orders.masked(masked, self.process.key))
        deadline = self.deadline()
        while not trial.over(last):
            report = self.listener.next(deadline)
            if report is GONE:
                break
            if report is LATE:
                deadline = self._out_of_time(trial)
                if deadline is None:
                    break
                continue
            trial.hear(report, self)
        return trial

    def _hear_why(self, trial):
        """Why the test did not pass: told after that it did not, because it may take for ever."""
        deadline = time.monotonic() + GRACE
        while True:
            report = self.listener.next(deadline)
            if report is LATE or report is GONE:
                return
            if report.kind == reports.EXPLAINED and report.token == trial.token:
                trial.done.body = report.body
                return

    def _hear_control(self):
        """How the test that has to fail went, in the process that ran the last one."""
        calls = dict(self.calls)
        trial = self._hear_test(self._control_token, True)
        self.calls = calls
        if not trial.done:
            status, _ = self.process.wait(200 if self.listener.ended else 1)
            if status is not None and os.WIFEXITED(status):  # and no limit has ended it
                self.listener.suspect("did not answer a test that has to fail")
        elif trial.done.outcome == "passed":
            number, _, name, _, seconds = self.results[-1]
            message = "it passed a test that has to fail as well"
            self.results[-1] = (number, "error", name, message, seconds)

    # -------------------------------------------------------------------- outcomes

    def outcome(self, trial):
        """Outcome, message and items of a test that is over."""
        if trial.done:
            return trial.done.outcome, trial.done.body, trial.items
        if trial.killed:
            return (*trial.killed, trial.items)
        if trial.claimed:
            return "error", "it claimed to have passed without having run to its end", trial.items
        return (*self._failure(trial.status), trial.items)

    def _failure(self, ended=None):
        """Outcome and message of what did not end in the ordinary way; ``ended`` is the wait
        status and the CPU seconds of a test, where the program told."""
        if self.listener.stopped:
            return self.listener.stopped
        status, cpu = ended or self.process.wait(200 if self.listener.ended else 1)
        if status is None:
            return "error", "it ended before it was done"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU or (
                number == signal.SIGKILL and cpu >= self.limits["cpu_seconds"]
            ):
                self.listener.limit = "cpu"
                return "timeout", "CPU limit of %g s" % self.limits["cpu_seconds"]
            if number == signal.SIGKILL and self.machine_lacked_memory():
                self.hello["kills"] = usage.kills_for_memory()
                self._out_of_machine = True
                return "memory", "the machine had no memory left and ended it"
            return "error", "it was killed by signal %d (%s)" % (number, _signal_name(number))
        return "error", "it exited with status %d before it was done" % os.WEXITSTATUS(status)

    def machine_lacked_memory(self):
        """Whether the kernel has killed for want of memory since this was last told."""
        return usage.kills_for_memory() > self.hello["kills"]

    def stop(self, outcome, detail):
        """End the whole program, because of what it did."""
        self.listener.stop(outcome, detail)

    def _count(self, report, into):
        """Take in how often watched functions were called."""
        for line in bytes(report.body).decode("utf-8", "replace").splitlines():
            number, _, path = line.partition(" ")
            if path in self.program["watch"] and number.isdecimal() and len(number) < 16:
                into[path] = int(number)

    def count_test(self, report):
        """Add what a test called beyond what loading the candidate did."""
        counts = {}
        self._count(report, counts)
        for path, count in counts.items():
            new = count - self._loaded_calls.get(path, 0)
            self.calls[path] = self.calls.get(path, 0) + new

    # ------------------------------------------------------------------------ time

    def deadline(self):
        return time.monotonic() + self.limits["wall_seconds"]

    def wall(self):
        return "wall limit of %g s" % self.limits["wall_seconds"]

    def note_time(self):
        """The limit of wall time was reached."""
        self.listener.limit = "wall"
        waited = usage.waited()
        self._waited = self.limits["wall_seconds"] if waited is None else waited

    def _stop_for_time(self):
        self.note_time()
        self.stop("timeout", self.wall())

    def _out_of_time(self, trial):
        """End a test whose time is over, alone if possible; the next deadline, if any."""
        if trial.killed is None and trial.pid:
            self.note_time()
            # The loaded program can go on to the next.
            trial.killed = ("timeout", self.wall())
            kill(trial.pid)
            return time.monotonic() + GRACE
        self._stop_for_time()
        return None

    # --------------------------------------------------------------------- verdict

    def _verdict(self, seconds):
        process, listener = self.process, self.listener
        if listener.stopped and self._all_passed():
            number, _, name, _, took = self.results[-1]
            outcome, message = listener.stopped
            self.results[-1] = (number, outcome, name, message, took)
        said, tests = [], []
        for number, outcome, name, message, took in self.results:
            name = self.tests[number]["name"].encode() if name is None else name
            message = message.encode() if isinstance(message, str) else message
            said += [name, message]
            tests.append({"outcome": outcome, "seconds": took,
                          "name": len(name), "message": len(message)})  # fmt: skip
        failures = [place for place, test in enumerate(tests) if test["outcome"] != "passed"]
        said += [listener.stdout.kept(), listener.stderr.kept()]
        verdict = {
            "program": self.program["id"],
            "outcome": tests[failures[0]]["outcome"] if failures else "passed",
            "failure": failures[0] if failures else None,
            "tests": tests,
            "stdout": len(said[-2]),
            "stderr": len(said[-1]),
            "seconds": seconds,
            "cpu_seconds": process.cpu,
            "peak_memory": max(self.peak, process.peak),
            "calls": self.calls,
            # Whatever else ended something: this says that the verdict may not be its own fault.
            "limit": "machine" if self._out_of_machine else listener.limit,
            "waited": self._waited,
            "suspicions": listener.suspicions,
        }
        return {"verdict": verdict}, said


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
