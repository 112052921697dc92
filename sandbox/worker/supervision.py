"""One program from fork to verdict, seen from the process that outlives it."""

import fcntl
import os
import resource
import select
import signal
import time

import orders
import reports
import usage
from judge import become_judge
from memory import Meter
from program import CONTROL, REPORT, become_program
from tail import CHUNK, Tail
from trial import Trial

GRACE = 2.0  # seconds for a killed test to be seen dead
LOOK = 0.05  # seconds between looks at the memory of a program that takes longer
SUSPICIONS = 10  # as many are kept

#: What ``_next`` gives where no report comes.
LATE, GONE = "late", "gone"


class Broken(Exception):
    """What we could not do for a program, before any code of its own ran."""


class Supervision:
    """One program. ``run`` may be called once."""

    def __init__(self, program, hello, channel, vault):
        self.program = program
        self.hello = hello
        self.channel = channel
        self.vault = vault
        self.limits = program["limits"]
        self.tests = program["tests"] or [{"name": "program", "framework": "none", "length": 0}]
        self.results = []  # (test, outcome, name or None, message, seconds)
        self.calls = {}
        self.loaded_calls = {}
        self.written = 0
        self.cpu = 0.0
        self.peak = 0
        self.limit = ""
        self.waited = 0.0
        self.suspicions = []
        self.stopped = None  # outcome and detail, when the whole program was ended
        self.meter = None
        self.control_token = None
        self.status = None  # wait status and CPU seconds of the program, when it has ended
        self.ended = False

    def run(self):
        """The verdict, and the regions of the vault that go with it."""
        began = time.monotonic()
        work = self.hello["work"]
        blob = self.program["blob"]
        blob = blob[usage.write_files(work, self.program["files"], blob) :]
        sources = self.program["prelude"] + self.program["source"]
        self.tests_blob = blob[sources:]
        self._start()
        try:
            self._send(self.control, blob[:sources])
            if not self.program["apart"]:
                # What is ordered now needs no waking up between loading and the first test.
                self.first_token = self._order_test(0, self.tests_blob[: self.tests[0]["length"]])
            if self._load():
                self._run_tests()
        finally:
            self._end()
        return self._verdict(time.monotonic() - began)

    # ------------------------------------------------------------------- processes

    def _start(self):
        control, self.control = os.pipe()
        os.dup2(control, CONTROL)
        os.close(control)
        readers = []
        for number in (REPORT, 1, 2):
            reader, writer = os.pipe()
            os.dup2(writer, number)
            os.close(writer)
            readers.append(reader)
        for descriptor in (self.control, *readers):
            os.set_blocking(descriptor, False)
        report_end = readers[0]
        self.stdout, self.stderr = Tail(self.vault), Tail(self.vault)
        self.outputs = {readers[1]: self.stdout, readers[2]: self.stderr}
        ours = max(self.control, *self.channel, *readers)
        self.links = {}  # number of a test → our copies of both ends, until it has run
        if self.program["apart"]:
            self._make_links(ours)
        self.key = os.urandom(reports.TOKEN)
        self.reports = reports.Reports(report_end, self.vault)
        self.sources = {report_end: self.reports}  # whom we listen to
        self.pending = {}  # descriptor → what is still to be written to it
        theirs = {number: pair[0] for number, pair in self.links.items()}
        self.pid = os.fork()
        if not self.pid:
            os.closerange(REPORT + 1, ours + 1)
            for pair in self.links.values():
                os.close(pair[1])
            become_program(self.program, self.hello, theirs, self.key)
        for number in (CONTROL, REPORT, 1, 2):
            os.dup2(0, number)  # /dev/null
        for descriptor in theirs.values():
            os.close(descriptor)
        self.poll = select.poll()
        for descriptor in (report_end, *self.outputs):
            self.poll.register(descriptor, select.POLLIN)

    def _make_links(self, ours):
        """Sockets between candidate and judges, on descriptors above all of ``ours``."""
        import socket

        wanted = 2 * len(self.tests) + 64
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted <= hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        for number in range(len(self.tests)):
            ends = socket.socketpair()
            self.links[number] = [fcntl.fcntl(end, fcntl.F_DUPFD, ours + 1) for end in ends]
            for end in ends:
                end.close()

    def _start_judge(self, number):
        """A process for test ``number``; its number, its reports, and how to order."""
        report_end, report = os.pipe()
        control, ordering = os.pipe()
        os.set_blocking(report_end, False)
        os.set_blocking(ordering, False)
        own = self.links.pop(number)[1]
        pid = os.fork()
        if not pid:
            # Whoever holds the other end of what we wait for would keep it open.
            for descriptor in (*self.channel, *self.sources, *self.outputs, self.control,
                               report_end, ordering,
                               *(pair[1] for pair in self.links.values())):  # fmt: skip
                os.close(descriptor)
            become_judge(self.program, self.hello, control, report, own)
        for descriptor in (report, control, own):
            os.close(descriptor)
        heard = reports.Reports(report_end, self.vault)
        self.sources[report_end] = heard
        self.poll.register(report_end, select.POLLIN)
        return pid, heard, ordering

    def _end(self):
        """Kill and bury everything that the program started, and hear its last words."""
        _kill_everything()
        while True:
            try:
                pid, status, used = os.wait4(-1, 0)
            except OSError:
                break
            if pid == self.pid:
                self._buried(status, used)
        for descriptor in self.outputs:
            self._read_output(descriptor)
        for descriptor in (*self.sources, *self.outputs, self.control):
            os.close(descriptor)
        for pair in self.links.values():
            os.close(pair[1])

    def _buried(self, status, used):
        cpu = used.ru_utime + used.ru_stime
        self.cpu += cpu
        self.peak = max(self.peak, used.ru_maxrss * 1024)
        self.status = (status, cpu)

    # ----------------------------------------------------------------------- tests

    def _load(self):
        """Whether the candidate was loaded; if not, every test has its result."""
        report = self._next(self._deadline())
        if report is LATE:
            self._stop_for_time()
        elif report is not GONE and report.kind == reports.UNREADY and report.token == self.key:
            raise Broken("a program cannot be set up: %s" % report.text(1000))
        elif report is not GONE and report.kind == reports.LOADED and report.token == self.key:
            self._count(report, self.loaded_calls)
            self.calls = dict(self.loaded_calls)
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

    def _run_tests(self):
        place = 0
        for number, test in enumerate(self.tests):
            source = self.tests_blob[place : place + test["length"]]
            place += test["length"]
            if self.stopped or self.ended:
                outcome, message = self.stopped or ("error", "the program ended before this test")
                self.results.append((number, outcome, None, message, 0.0))
                continue
            began = time.monotonic()
            run = self._run_apart if self.program["apart"] else self._run_together
            outcome, message, told = run(number, source, number == len(self.tests) - 1)
            seconds = time.monotonic() - began
            self.results += [(number, *item, 0.0) for item in told]
            if not told or (outcome != "passed" and all(item[0] == "passed" for item in told)):
                self.results.append((number, outcome, None, message, seconds))
        passed = all(result[1] == "passed" for result in self.results)
        if self.program["control"] and passed and not (self.stopped or self.ended):
            self._run_control(self.tests_blob[place:])

    def _run_control(self, source):
        """Run the test that has to fail, in the process that ran the last one."""
        calls = dict(self.calls)
        for descriptor in self.outputs:
            self._read_output(descriptor)
            self.outputs[descriptor] = Tail(self.vault)  # what a control prints is no output
        place = self.program["control"]["test"]
        self.control_token = self._order_test(place, source, fork=False)
        outcome = self._hear_test(self.control_token, True)[0]
        self.calls = calls
        if outcome == "passed":
            number, _, name, _, seconds = self.results[-1]
            message = "it passed a test that has to fail as well"
            self.results[-1] = (number, "error", name, message, seconds)

    def _run_together(self, number, source, last):
        """Outcome, message and the items of a test module, of a test in the program; the
        ``last`` one runs in the process that loaded the candidate."""
        token = self._order_test(number, source) if number else self.first_token
        return self._hear_test(token, last)

    def _order_test(self, number, source, fork=None):
        """Have the program run a test; the token that shows that it did."""
        token = os.urandom(reports.TOKEN)
        if fork is None:
            fork = number < len(self.tests) - 1
        flags = orders.FORK if fork else 0
        self._order(self.control, number, flags, orders.masked(token, self.key), source)
        return token

    def _hear_test(self, token, last):
        trial = Trial(token)
        deadline = self._deadline()
        while not trial.over(last):
            report = self._next(deadline)
            if report is GONE:
                break
            if report is LATE:
                deadline = self._out_of_time(trial)
                if deadline is None:
                    break
                continue
            trial.hear(report, self)
        if last and trial.done and trial.done.outcome != "passed" and not trial.done.body:
            self._explain(trial)
        return self._outcome(trial)

    def _explain(self, trial):
        """Ask the program why the test did not pass, unless nobody needs to know."""
        if trial.token == self.control_token:
            return
        token = os.urandom(reports.TOKEN)
        self._order(self.control, 0, orders.EXPLAIN, orders.masked(token, self.key), b"")
        deadline = time.monotonic() + GRACE
        while True:
            report = self._next(deadline)
            if report is LATE or report is GONE:
                return
            if report.kind == reports.EXPLAINED and report.token == token:
                trial.done.body = report.body
                return

    def _run_apart(self, number, source, last):
        """Outcome, message and no items, of a test in a judge."""
        token = os.urandom(reports.TOKEN)
        flags = orders.APART | (0 if last else orders.FORK)
        self._order(self.control, number, flags, reports.NO_TOKEN, b"")
        judge, heard, ordering = self._start_judge(number)
        self._order(ordering, number, 0, token, source)
        trial, serving = Trial(token), Trial(token)
        deadline = self._deadline()
        try:
            while not trial.done:
                report = self._next(deadline, heard)
                if report is LATE:
                    self._note_time()
                    trial.killed = ("timeout", self._wall())
                    break
                if report is GONE:
                    break
                if report.source != heard.descriptor:
                    serving.hear(report, self)
                elif report.kind == reports.UNREADY:
                    raise Broken("a judge cannot be set up: %s" % report.text(1000))
                else:
                    trial.hear(report, self)
        finally:
            self._forget(heard, ordering)
            status = self._bury(judge)
        self._let_serving_end(serving, last, GRACE if not trial.killed else 0)
        if not trial.done and not trial.killed:
            over_limit = os.WIFSIGNALED(status[0]) and os.WTERMSIG(status[0]) == signal.SIGXCPU
            trial.status = status if over_limit else serving.status
        return self._outcome(trial)

    def _bury(self, judge):
        """End a judge, unless it has ended; its wait status and CPU seconds."""
        _kill(judge)
        _, status, used = os.wait4(judge, 0)
        return status, used.ru_utime + used.ru_stime

    def _let_serving_end(self, serving, last, patience):
        """The candidate's side ends when its judge is gone; its counts come before that."""
        deadline = time.monotonic() + patience
        while not serving.over(last, by_counts=True):
            report = self._next(deadline)
            if report is GONE:
                return
            if report is LATE:
                if last or not serving.pid:
                    self.stop("timeout", "it went on after its test")
                    return
                _kill(serving.pid)
                deadline = time.monotonic() + GRACE
                serving.pid = None
                continue
            serving.hear(report, self)

    def _forget(self, heard, ordering):
        """Close what connects us with a judge."""
        if not heard.closed:
            self.poll.unregister(heard.descriptor)
        del self.sources[heard.descriptor]
        if self.pending.pop(ordering, None):
            self.poll.unregister(ordering)
        for descriptor in (heard.descriptor, ordering):
            os.close(descriptor)

    def _outcome(self, trial):
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
        if self.stopped:
            return self.stopped
        status, cpu = ended or self._status()
        if status is None:
            return "error", "it ended before it was done"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU or (
                number == signal.SIGKILL and cpu >= self.limits["cpu_seconds"]
            ):
                self.limit = "cpu"
                return "timeout", "CPU limit of %g s" % self.limits["cpu_seconds"]
            if number == signal.SIGKILL and usage.kills_for_memory() > self.hello["kills"]:
                self.hello["kills"] = usage.kills_for_memory()
                self.limit = "memory"
                return "memory", "the machine had no memory left and ended it"
            return "error", "it was killed by signal %d (%s)" % (number, _signal_name(number))
        return "error", "it exited with status %d before it was done" % os.WEXITSTATUS(status)

    def _status(self):
        """Wait status and CPU seconds of the program; (None, 0.0) where it has not ended."""
        patience = 200 if self.ended else 1
        while self.status is None and patience:
            try:
                pid, status, used = os.wait4(self.pid, os.WNOHANG)
            except OSError:
                break
            if pid:
                self._buried(status, used)
                break
            patience -= 1
            if patience:
                time.sleep(0.001)  # descriptors close before it can be waited for
        return self.status or (None, 0.0)

    # ------------------------------------------------------------------------ time

    def _deadline(self):
        return time.monotonic() + self.limits["wall_seconds"]

    def _wall(self):
        return "wall limit of %g s" % self.limits["wall_seconds"]

    def _note_time(self):
        self.limit = "wall"
        waited = usage.waited()
        self.waited = self.limits["wall_seconds"] if waited is None else waited

    def _stop_for_time(self):
        self._note_time()
        self.stop("timeout", self._wall())

    def _out_of_time(self, trial):
        """End a test whose time is over, alone if possible; the next deadline, if any."""
        if trial.killed is None and trial.pid:
            self._note_time()
            # The loaded program can go on to the next.
            trial.killed = ("timeout", self._wall())
            _kill(trial.pid)
            return time.monotonic() + GRACE
        self._stop_for_time()
        return None

    # ------------------------------------------------------------------- listening

    def _order(self, descriptor, number, flags, token, source):
        self._send(descriptor, memoryview(orders.head(number, flags, token, len(source))))
        self._send(descriptor, source)

    def _send(self, descriptor, data):
        """Write now what can be written, and the rest while we listen."""
        waiting = self.pending.get(descriptor)
        if waiting is not None:
            waiting.append(data)
            return
        data = _write_some(descriptor, data)
        if data:
            self.pending[descriptor] = [data]
            self.poll.register(descriptor, select.POLLOUT)

    def _send_more(self, descriptor):
        waiting = self.pending[descriptor]
        waiting[0] = _write_some(descriptor, waiting[0])
        while waiting and not waiting[0]:
            waiting.pop(0)
        if not waiting:
            del self.pending[descriptor]
            self.poll.unregister(descriptor)

    def _next(self, deadline, judge=None):
        """The next report of the program, or of ``judge`` if there is one.

        LATE where it is past ``deadline``; GONE where none comes any more: the program has
        ended or was stopped, or the judge has ended.
        """
        look = time.monotonic() + LOOK
        while True:
            for source in self.sources.values():
                report = source.next()
                if report is not None:
                    if report.kind == reports.SUSPECT:
                        self._suspect(report.text())
                        continue
                    return report
            if self.stopped or (self.ended and judge is None) or (judge and judge.closed):
                return GONE
            now = time.monotonic()
            if now >= deadline:
                return LATE
            if now >= look:
                look = now + LOOK
                if self.meter is None:
                    self.meter = Meter()  # most programs end before anybody looks
                if not self.ended and self._has_died():
                    self._hear(self.reports)  # the last words, which came before
                    self.ended = not self.reports.any()
                    continue
                if self.meter.exceeds(self.limits["memory"]):
                    self.limit = "memory"
                    self.stop("memory", "memory limit of %d MiB" % (self.limits["memory"] >> 20))
                    continue
            for descriptor, _ in self.poll.poll(max(min(deadline, look) - now, 0) * 1000):
                if descriptor in self.sources:
                    self._hear(self.sources[descriptor])
                elif descriptor in self.pending:
                    self._send_more(descriptor)
                else:
                    self._read_output(descriptor)

    def _hear(self, source):
        if source.closed:
            return
        try:
            source.read()
        except ValueError:
            self.stop("error", "it wrote to a descriptor that is not its own")
        if source.closed:
            self.poll.unregister(source.descriptor)
            if source is self.reports:
                self.ended = True

    def _has_died(self):
        """Whether the program is no more, although something that it started still runs
        and holds its descriptors open."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:
            return True

    def _read_output(self, descriptor):
        tail = self.outputs[descriptor]
        while True:
            try:
                count = tail.read(descriptor)
            except BlockingIOError:
                return
            if not count:
                try:
                    self.poll.unregister(descriptor)
                except KeyError:
                    pass
                return
            self.written += count
            if self.written > self.limits["output"]:
                self.limit = "output"
                self.stop("output", "output limit of %d bytes" % self.limits["output"])
                return
            if count < CHUNK:
                return

    def _suspect(self, what):
        if what not in self.suspicions and len(self.suspicions) < SUSPICIONS:
            self.suspicions.append(what)

    def _count(self, report, into):
        """Take in how often watched functions were called."""
        for line in bytes(report.body).decode("utf-8", "replace").splitlines():
            number, _, path = line.partition(" ")
            if path in self.program["watch"] and number.isdecimal() and len(number) < 16:
                into[path] = int(number)

    def count_test(self, report):
        counts = {}
        self._count(report, counts)
        for path, count in counts.items():
            new = count - self.loaded_calls.get(path, 0)
            self.calls[path] = self.calls.get(path, 0) + new

    def stop(self, outcome, detail):
        """End the whole program, because of what it did."""
        if not self.stopped:
            self.stopped = (outcome, detail)
        _kill_everything()

    # --------------------------------------------------------------------- verdict

    def _verdict(self, seconds):
        if self.stopped and all(result[1] == "passed" for result in self.results):
            number, _, name, _, took = self.results[-1]
            self.results[-1] = (number, *self.stopped[:1], name, self.stopped[1], took)
        said, tests = [], []
        for number, outcome, name, message, took in self.results:
            name = self.tests[number]["name"].encode() if name is None else name
            message = message.encode() if isinstance(message, str) else message
            said += [name, message]
            tests.append({"outcome": outcome, "seconds": took,
                          "name": len(name), "message": len(message)})  # fmt: skip
        failures = [place for place, test in enumerate(tests) if test["outcome"] != "passed"]
        verdict = {
            "program": self.program["id"],
            "outcome": tests[failures[0]]["outcome"] if failures else "passed",
            "failure": failures[0] if failures else None,
            "tests": tests,
            "stdout": len(self.stdout.kept()),
            "stderr": len(self.stderr.kept()),
            "seconds": seconds,
            "cpu_seconds": self.cpu,
            "peak_memory": self.peak,
            "calls": self.calls,
            "limit": self.limit,
            "waited": self.waited,
            "suspicions": self.suspicions,
        }
        return {"verdict": verdict}, [*said, self.stdout.kept(), self.stderr.kept()]


# ------------------------------------------------------------------- small helpers


def _write_some(descriptor, data):
    """What is left of ``data`` after writing what the descriptor takes now."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            return data
        except OSError:
            return data[:0]  # nobody reads it any more, which is found out elsewhere
    return data


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass  # it is gone already


def _kill_everything():
    if os.getpid() == 1:  # else it would be everything of the machine
        _kill(-1)


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
