"""A program as a process: the pipes to it, its beginning and its end."""

import _socket  # without the many constants of socket, which would be copied for every program
import fcntl
import os
import resource
import signal
import time

import reports
from program import CONTROL, REPORT, become_program


class Broken(Exception):
    """What we could not do for a program, before any code of its own ran."""


class Process:
    """A program that ``start`` starts, with all that it will start itself.

    ``channel``: the descriptors by which we talk to the host, which it does not get.
    """

    def __init__(self, program, hello, channel):
        self._program = program
        self._hello = hello
        self.channel = channel
        self.pid = None
        self.key = os.urandom(reports.TOKEN)
        self.status = None  # wait status and CPU seconds, when it has ended
        self.cpu = 0.0
        self.peak = 0  # bytes of memory
        control, self.control = os.pipe()  # where its orders go; None when there will be no more
        os.dup2(control, CONTROL)
        os.close(control)
        self.report, self.stdout, self.stderr = map(_pipe_from, (REPORT, 1, 2))
        for descriptor in self._ours():
            os.set_blocking(descriptor, False)
        self.links = {}  # number of a test → our copies of both ends, until it has run

    def _ours(self):
        return self.control, self.report, self.stdout, self.stderr

    def make_links(self, count):
        """Sockets between candidate and judges, on descriptors above all of ours."""
        wanted = 2 * count + 64
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted <= hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        first = max(*self.channel, *self._ours()) + 1
        for number in range(count):
            ends = _socket.socketpair()
            self.links[number] = [fcntl.fcntl(end, fcntl.F_DUPFD, first) for end in ends]
            for end in ends:
                end.close()

    def start(self):
        theirs = {number: pair[0] for number, pair in self.links.items()}
        last = max(*self.channel, *self._ours())
        self.pid = os.fork()
        if not self.pid:
            os.closerange(REPORT + 1, last + 1)
            for pair in self.links.values():
                os.close(pair[1])
            become_program(self._program, self._hello, theirs, self.key)
        for number in (CONTROL, REPORT, 1, 2):
            os.dup2(0, number)  # /dev/null
        for descriptor in theirs.values():
            os.close(descriptor)

    def hang_up(self):
        """Let it end when it has done what was ordered."""
        os.close(self.control)
        self.control = None

    def has_died(self):
        """Whether it is no more, although something that it started still runs and holds its
        descriptors open."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:
            return True

    def wait(self, patience):
        """Its wait status and CPU seconds; (None, 0.0) where it has not ended within about so
        many milliseconds: descriptors close before it can be waited for."""
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
                time.sleep(0.001)
        return self.status or (None, 0.0)

    def end(self):
        """Kill and bury it and everything that it started."""
        kill_everything()
        while True:
            try:
                pid, status, used = os.wait4(-1, 0)
            except OSError:
                return
            if pid == self.pid:
                self._buried(status, used)

    def close(self):
        for descriptor in self._ours():
            if descriptor is not None:
                os.close(descriptor)
        for pair in self.links.values():
            os.close(pair[1])

    def _buried(self, status, used):
        self.cpu = used.ru_utime + used.ru_stime
        self.peak = used.ru_maxrss * 1024
        self.status = (status, self.cpu)


def _pipe_from(number):
    """The reading end of a pipe whose other end is the descriptor ``number``."""
    reader, writer = os.pipe()
    os.dup2(writer, number)
    os.close(writer)
    return reader


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass  # it is gone already


def kill_everything():
    if os.getpid() == 1:  # else it would be everything of the machine
        kill(-1)
