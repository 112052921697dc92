"""Hears what programs and judges say, sends what they are told, and looks at the limits that
the kernel does not keep."""

import os
import select
import time

import orders
import reports
from memory import Meter
from process import kill_everything
from tail import CHUNK, Tail

REST = 0.01  # seconds that a program has for itself before anybody listens
LOOK = 0.05  # seconds between looks at the memory of a program that takes longer
SUSPICIONS = 10  # as many are kept

#: What ``next`` gives where no report comes.
LATE, GONE = "late", "gone"


class Listener:
    """Listens to a process from before it starts."""

    def __init__(self, process, limits, vault):
        self._process = process
        self._limits = limits
        self._vault = vault
        self._reports = reports.Reports(process.report, vault)
        self._sources = {process.report: self._reports}
        self.stdout, self.stderr = Tail(vault), Tail(vault)
        self._outputs = {process.stdout: self.stdout, process.stderr: self.stderr}
        self._pending = {}  # descriptor → what is still to be written to it
        self._hanging_up = False
        self._written = 0
        self._meter = None
        self.suspicions = []
        self.limit = ""  # the one that ended something
        self.stopped = None  # outcome and detail, when the whole program was ended
        self.ended = False  # the program says no more
        self._poll = select.poll()
        for descriptor in (*self._sources, *self._outputs):
            self._poll.register(descriptor, select.POLLIN)

    # ---------------------------------------------------------------------- sending

    def order(self, descriptor, number, flags, token, source):
        self.send(descriptor, memoryview(orders.head(number, flags, token, len(source))))
        self.send(descriptor, source)

    def send(self, descriptor, data):
        """Write now what can be written, and the rest while we listen."""
        waiting = self._pending.get(descriptor)
        if waiting is not None:
            waiting.append(data)
            return
        data = _write_some(descriptor, data)
        if data:
            self._pending[descriptor] = [data]
            self._poll.register(descriptor, select.POLLOUT)

    def hang_up(self):
        """Send the program no more than what was sent."""
        self._hanging_up = True
        if self._process.control not in self._pending:
            self._process.hang_up()

    def _send_more(self, descriptor):
        waiting = self._pending[descriptor]
        waiting[0] = _write_some(descriptor, waiting[0])
        while waiting and not waiting[0]:
            waiting.pop(0)
        if not waiting:
            self._forget_pending(descriptor)
            if descriptor == self._process.control and self._hanging_up:
                self._process.hang_up()

    def _forget_pending(self, descriptor):
        if self._pending.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    # -------------------------------------------------------------------- listening

    def listen_to(self, source):
        """To a judge's reports, too."""
        self._sources[source.descriptor] = source
        self._poll.register(source.descriptor, select.POLLIN)

    def forget(self, source, ordering):
        """A judge's reports, and the descriptor by which it is told what to do."""
        if not source.closed:
            self._poll.unregister(source.descriptor)
        del self._sources[source.descriptor]
        self._forget_pending(ordering)

    def descriptors(self):
        return (*self._sources, *self._outputs)

    def rest(self):
        """Wait for the end of the program, for a moment, without listening: most end by then,
        and what we write to while it lives has to be copied for it first."""
        if not self._pending:
            end = select.poll()
            end.register(self._process.report, 0)
            end.poll(REST * 1000)

    def next(self, deadline, judge=None):
        """The next report of the program, or of ``judge`` if there is one.

        LATE where it is past ``deadline``; GONE where none comes any more: the program has
        ended or was stopped, or the judge has ended.
        """
        look = time.monotonic() + LOOK
        while True:
            report = self._heard()
            if report is not None:
                return report
            if self.stopped or (self.ended and judge is None) or (judge and judge.closed):
                return GONE
            now = time.monotonic()
            if now >= deadline:
                return LATE
            if now >= look:
                look = now + LOOK
                if self._look():
                    continue
            for descriptor, _ in self._poll.poll(max(min(deadline, look) - now, 0) * 1000):
                if descriptor in self._sources:
                    self._hear(self._sources[descriptor])
                elif descriptor in self._pending:
                    self._send_more(descriptor)
                else:
                    self._read_output(descriptor)

    def _heard(self):
        """The oldest report that was heard and not taken; None where there is none."""
        for source in self._sources.values():
            report = source.next()
            while report is not None and report.kind == reports.SUSPECT:
                self.suspect(report.text())
                report = source.next()
            if report is not None:
                return report
        return None

    def _look(self):
        """Whether the program has died, or holds more memory than it may."""
        if self._meter is None:
            self._meter = Meter()  # most programs end before anybody looks
        if not self.ended and self._process.has_died():
            self._hear(self._reports)  # the last words, which came before
            self.ended = not self._reports.any()
            return True
        if self._meter.exceeds(self._limits["memory"]):
            self.limit = "memory"
            self.stop("memory", "memory limit of %d MiB" % (self._limits["memory"] >> 20))
            return True
        return False

    def _hear(self, source):
        if source.closed:
            return
        try:
            source.read()
        except ValueError:
            self.stop("error", "it wrote to a descriptor that is not its own")
        if source.closed:
            self._poll.unregister(source.descriptor)
            if source is self._reports:
                self.ended = True

    def suspect(self, what):
        if what not in self.suspicions and len(self.suspicions) < SUSPICIONS:
            self.suspicions.append(what)

    def hear_last_words(self):
        """Read what a program that was ended has printed."""
        for descriptor in self._outputs:
            self._read_output(descriptor)

    def _read_output(self, descriptor):
        tail = self._outputs[descriptor]
        while True:
            try:
                count = tail.read(descriptor)
            except BlockingIOError:
                return
            if not count:
                try:
                    self._poll.unregister(descriptor)
                except KeyError:
                    pass
                return
            self._written += count
            if self._written > self._limits["output"]:
                self.limit = "output"
                self.stop("output", "output limit of %d bytes" % self._limits["output"])
                return
            if count < CHUNK:
                return

    def stop(self, outcome, detail):
        """End the whole program, because of what it did."""
        if not self.stopped:
            self.stopped = (outcome, detail)
        kill_everything()


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
