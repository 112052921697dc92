"""A test that is judged apart: one process runs it, another has the candidate."""

import os
import signal
import time

import orders
import reports
from judge import become_judge
from listener import GONE, LATE
from process import Broken, kill
from trial import Trial

GRACE = 2.0  # seconds for the candidate's side to end after its judge


def run_apart(supervision, number):
    """Outcome, message, no items, and seconds, of the test ``number`` in a judge."""
    listener, process = supervision.listener, supervision.process
    last = number == len(supervision.tests) - 1
    began = time.monotonic()
    token = os.urandom(reports.TOKEN)
    flags = orders.APART | (0 if last else orders.FORK)
    listener.order(process.control, number, flags, reports.NO_TOKEN, b"")
    judge = _Judge(supervision, number)
    listener.order(judge.ordering, number, 0, token, supervision.source(number))
    trial, serving = Trial(token), Trial(token)
    deadline = supervision.deadline()
    try:
        while not trial.done:
            report = listener.next(deadline, judge.heard)
            if report is LATE:
                supervision.note_time()
                trial.killed = ("timeout", supervision.wall())
                break
            if report is GONE:
                break
            if report.source != judge.heard.descriptor:
                serving.hear(report, supervision)
            elif report.kind == reports.UNREADY:
                raise Broken("a judge cannot be set up: %s" % report.text(1000))
            else:
                trial.hear(report, supervision)
    finally:
        status = judge.end()
    _let_serving_end(supervision, serving, last, GRACE if not trial.killed else 0)
    if not trial.done and not trial.killed:
        trial.status = status if _is_the_kernels(status[0], supervision) else serving.status
    return (*supervision.outcome(trial), time.monotonic() - began)


def _is_the_kernels(status, supervision):
    """Whether a judge that ended so was ended by the kernel: the test took too long, or the
    machine had no memory left for it."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return number == signal.SIGXCPU or (
        number == signal.SIGKILL and supervision.machine_lacked_memory()
    )


def _let_serving_end(supervision, serving, last, patience):
    """The candidate's side ends when its judge is gone; its counts come before that."""
    deadline = time.monotonic() + patience
    while not serving.over(last, by_counts=True):
        report = supervision.listener.next(deadline)
        if report is GONE:
            return
        if report is LATE:
            if last or not serving.pid:
                supervision.stop("timeout", "it went on after its test")
                return
            kill(serving.pid)
            deadline = time.monotonic() + GRACE
            serving.pid = None
            continue
        serving.hear(report, supervision)


class _Judge:
    """A process that runs one test."""

    def __init__(self, supervision, number):
        process, self._listener = supervision.process, supervision.listener
        report_end, report = os.pipe()
        control, self.ordering = os.pipe()
        os.set_blocking(report_end, False)
        os.set_blocking(self.ordering, False)
        own = process.links.pop(number)[1]
        self._pid = os.fork()
        if not self._pid:
            # Whoever holds the other end of what we wait for would keep it open.
            for descriptor in (*process.channel, *self._listener.descriptors(), process.control,
                               report_end, self.ordering,
                               *(pair[1] for pair in process.links.values())):  # fmt: skip
                os.close(descriptor)
            become_judge(supervision.program, supervision.hello, control, report, own)
        for descriptor in (report, control, own):
            os.close(descriptor)
        self.heard = reports.Reports(report_end, supervision.vault)
        self._listener.listen_to(self.heard)

    def end(self):
        """End it, unless it has ended; its wait status and CPU seconds."""
        self._listener.forget(self.heard, self.ordering)
        for descriptor in (self.heard.descriptor, self.ordering):
            os.close(descriptor)
        kill(self._pid)
        _, status, used = os.wait4(self._pid, 0)
        return status, used.ru_utime + used.ru_stime
