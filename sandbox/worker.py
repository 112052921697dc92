"""Runs hostile programs one after another. Standard library only, Python 3.7 and later.

The host talks to it over stdin and stdout in frames: four bytes of length (big-endian)
and that much JSON. First ``hello``, answered by ``ready`` or ``failed``; then ``program``
after ``program``, each answered by a ``verdict``.

Three kinds of process take part::

    supervisor (this one)   preloads what the environment needs, keeps the time, decides
      └─ program            forked: limits, prelude, watch, the candidate's source
           └─ test          forked from the loaded program, one for each test but the last,
                            which runs in the program itself

The supervisor is process 1 of its namespace or container: it outlives every attack from
inside, and ``kill(-1)`` ends everything that a program started. A test that ran to its end
says so on a private pipe with a token that the supervisor made for it after the candidate
was loaded; an exit status, whatever it is, proves nothing.
"""

from __future__ import annotations

import builtins

# A candidate may patch builtins in its own process; the functions below keep these.
__builtins__ = dict(vars(builtins))

import collections
import ctypes
import errno
import functools
import gc
import importlib
import json
import linecache
import os
import resource
import select
import shutil
import signal
import site
import struct
import sys
import time
import traceback
import types

TAIL = 4096  # bytes of stdout and stderr that are kept
MESSAGE = 1500  # characters of a failure that are kept; a report must fit into PIPE_BUF
GRACE = 2.0  # seconds for a killed test to be seen dead
LOOK = 0.05  # seconds between looks at the memory of a program that takes longer
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38

LIBC = ctypes.CDLL(None, use_errno=True)


# ------------------------------------------------------------------- the supervisor


def main():
    requests, answers = _private_channel()
    hello = _read_frame(requests)["hello"]
    try:
        _prepare(hello)
    except BaseException as error:
        _write_frame(answers, {"failed": "%s: %s" % (type(error).__name__, error)})
        return
    _write_frame(answers, {"ready": {"python": "%d.%d.%d" % sys.version_info[:3]}})
    while True:
        frame = _read_frame(requests)
        if frame is None:
            return
        try:
            answer = {"verdict": Supervision(frame["program"], hello, (requests, answers)).run()}
        except Broken as error:
            answer = {"broken": str(error)}
        clean = _clean_up(hello["scratch"])
        _write_frame(answers, answer)
        if not clean:
            return  # the host starts another worker, whose folders are empty


def _private_channel():
    """Move stdin and stdout to descriptors of our own; programs get /dev/null for both."""
    requests, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return requests, answers


def _prepare(hello):
    LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nobody of the same user reads our memory
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ.update(hello["variables"])
    site.setquit()
    site.sethelper()
    for folder in hello["search_path"]:
        site.addsitedir(folder)
    for module in hello["preload"]:
        importlib.import_module(module)
    _warm_up()
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()  # what is loaded now is never collected, so its pages stay shared


def _warm_up():
    """Have done once what the interpreter prepares at its first use; for compiling alone it
    makes the classes of the syntax tree, a third of what a trivial program takes."""
    try:
        exec(compile("assert False", "warm_up.py", "exec"), {})
    except AssertionError as error:
        _describe(error)


class Broken(Exception):
    """What we could not do for a program, before any code of its own ran."""


class Supervision:
    """One program from fork to verdict."""

    def __init__(self, program, hello, channel):
        self.program = program
        self.hello = hello
        self.channel = channel
        self.limits = program["limits"]
        self.tests = program["tests"] or [{"name": "program", "source": program["source"]}]
        self.results = []
        self.calls = {}
        self.tails = {1: b"", 2: b""}
        self.written = 0
        self.cpu = 0.0
        self.peak = 0
        self.pending = b""  # the beginning of a report that has not arrived in full
        self.inbox = collections.deque()  # reports that have arrived and were not needed yet
        self.stopped = None  # outcome and detail, when the whole program was ended
        self.ended = False

    def run(self):
        began = time.monotonic()
        self.private = _memory("self")
        self.kills_for_memory = _kills_for_memory()
        os.makedirs(self.hello["work"], exist_ok=True)
        os.chmod(self.hello["work"], 0o777)  # the program is another user than we
        _write_files(self.hello["work"], self.program["files"])
        self._start()
        try:
            ready = self._await("ready", None)
            if not ready or ready["ready"] is not True:
                raise Broken("a program cannot be set up: %s" % (ready or {}).get("message"))
            loaded = self._await("loaded", None)
            if loaded is None or loaded.get("outcome"):
                outcome, message = self._failure(loaded)
                self.results = [self._result(t, outcome, message, 0.0) for t in self.tests]
            else:
                self.calls = dict(loaded["calls"])
                self._run_tests(loaded["calls"])
        finally:
            self._end()
        return self._verdict(time.monotonic() - began)

    # ------------------------------------------------------------------- processes

    def _start(self):
        self.report, report = os.pipe()
        control, self.control = os.pipe()
        self.outputs = {}
        writers = []
        for number in (1, 2):
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            self.outputs[reader] = number
            writers.append(writer)
        os.set_blocking(self.report, False)
        self.pid = os.fork()
        if not self.pid:
            for descriptor in (*self.channel, self.report, self.control, *self.outputs):
                os.close(descriptor)
            _become_program(self.program, self.hello, control, report, writers)
        for descriptor in (report, control, *writers):
            os.close(descriptor)
        self.poll = select.poll()
        for descriptor in (self.report, *self.outputs):
            self.poll.register(descriptor, select.POLLIN)

    def _end(self):
        """Kill and bury everything that the program started, and hear its last words."""
        if os.getpid() == 1:
            _kill(-1)
        else:
            _kill(-self.pid)
            _kill(self.pid)
        while True:
            try:
                pid, status, usage = os.wait4(-1, 0)
            except OSError:
                break
            if pid == self.pid:
                self.cpu += usage.ru_utime + usage.ru_stime
                self.peak = max(self.peak, usage.ru_maxrss * 1024)
        for descriptor in self.outputs:
            self._read_output(descriptor)
        for descriptor in (self.report, self.control, *self.outputs):
            os.close(descriptor)

    # ----------------------------------------------------------------------- tests

    def _run_tests(self, at_load):
        for number, test in enumerate(self.tests):
            if self.stopped or self.ended:
                outcome, message = self.stopped or ("error", "the program ended before this test")
                self.results.append(self._result(test, outcome, message, 0.0))
                continue
            token = os.urandom(16).hex()
            last = number == len(self.tests) - 1
            order = {"test": number, "token": token, "fork": not last}
            began = time.monotonic()
            try:
                os.write(self.control, json.dumps(order).encode() + b"\n")
            except OSError:
                self.ended = True
            done = self._await("done", None if last else self._await("started", None))
            if done and done.get("token") == token:
                outcome, message = done["outcome"], done["message"]
                for path, count in done["calls"].items():
                    new = count - at_load.get(path, 0)
                    self.calls[path] = self.calls.get(path, 0) + new
            else:
                outcome, message = self._failure(done)
            self.results.append(self._result(test, outcome, message, time.monotonic() - began))

    def _failure(self, message):
        """Outcome and message of what did not end in the ordinary way."""
        if self.stopped:
            return self.stopped
        if message and message.get("outcome"):
            if message["outcome"] != "passed":
                return message["outcome"], message["message"]
            return "error", "it claimed to have passed without having run to its end"
        status, cpu = self._status(message)
        if status is None:
            return "error", "it ended before it was done"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            limit = self.limits["cpu_seconds"]
            if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= limit):
                return "timeout", "CPU limit of %g s" % limit
            if number == signal.SIGKILL and _kills_for_memory() > self.kills_for_memory:
                return "memory", "the machine had no memory left and ended it"
            return "error", "it was killed by signal %d (%s)" % (number, _signal_name(number))
        return "error", "it exited with status %d before it was done" % os.WEXITSTATUS(status)

    def _status(self, message):
        """The wait status of what ended and its CPU seconds: of a test by the program's word,
        else of the program itself. (None, 0.0) where it has not ended."""
        if message and "status" in message:
            return message["status"], message.get("cpu", 0.0)
        try:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            patience = 200 if self.ended else 0
            while not pid and patience:  # descriptors close before it can be waited for
                time.sleep(0.001)
                patience -= 1
                pid, status, usage = os.wait4(self.pid, os.WNOHANG)
        except OSError:
            return None, 0.0
        if not pid:
            return None, 0.0
        cpu = usage.ru_utime + usage.ru_stime
        self.cpu += cpu
        self.peak = max(self.peak, usage.ru_maxrss * 1024)
        return status, cpu

    # ------------------------------------------------------------------- listening

    def _await(self, kind, started):
        """Wait for a report that has ``kind``, or for the end of the test ``started``.

        None where the program ended or was stopped: by the wall clock, for memory or for
        output.
        """
        deadline = time.monotonic() + self.limits["wall_seconds"]
        killed = None
        result = None
        overtook = None
        look = time.monotonic() + LOOK
        while True:
            while self.inbox:
                message = self.inbox.popleft()
                if kind in message:
                    result = message
                    if started is None:
                        if overtook:
                            self.inbox.appendleft(overtook)
                        return message
                elif kind == "started" and "done" in message:
                    overtook = message  # a quick test is done before its parent tells of it
                elif "ended" in message and started is not None:
                    self.peak = max(self.peak, message["rss"])
                    if killed:
                        return {"outcome": killed[0], "message": killed[1]}
                    return result or message
            if self.ended or self.stopped:
                return None if self.stopped else result
            now = time.monotonic()
            if now >= deadline:
                detail = "wall limit of %g s" % self.limits["wall_seconds"]
                if killed is None and started and _is_pid(started.get("started")):
                    # Only the test is ended; the loaded program can go on to the next.
                    killed = ("timeout", detail)
                    _kill(started["started"])
                    deadline = now + GRACE
                else:
                    self._stop("timeout", detail)
                    continue
            if now >= look:
                look = now + LOOK
                if self._has_died():
                    self._read_reports()  # the last of them, which came before
                    self.ended = True
                    continue
                if _memory_of_all(self.private, self.limits["memory"]) > self.limits["memory"]:
                    self._stop("memory", "memory limit of %d MiB" % (self.limits["memory"] >> 20))
                    continue
            for descriptor, _ in self.poll.poll(max(min(deadline, look) - now, 0) * 1000):
                if descriptor in self.outputs:
                    self._read_output(descriptor)
                else:
                    self._read_reports()

    def _has_died(self):
        """Whether the program is no more, although something that it started still runs
        and holds its descriptors open."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except OSError:
            return True

    def _read_reports(self):
        try:
            chunk = os.read(self.report, 65536)
        except BlockingIOError:
            return
        if not chunk:
            self.ended = True
            self.poll.unregister(self.report)
            return
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line.decode())
            except ValueError:
                message = None
            if not isinstance(message, dict) or not _sound(message):
                self._stop("error", "it wrote to a descriptor that is not its own")
                return
            self.inbox.append(message)

    def _read_output(self, descriptor):
        number = self.outputs[descriptor]
        while True:
            try:
                chunk = os.read(descriptor, 65536)
            except BlockingIOError:
                return
            if not chunk:
                try:
                    self.poll.unregister(descriptor)
                except KeyError:
                    pass
                return
            self.written += len(chunk)
            self.tails[number] = (self.tails[number] + chunk)[-TAIL:]
            if self.written > self.limits["output"]:
                self._stop("output", "output limit of %d bytes" % self.limits["output"])
                return

    def _stop(self, outcome, detail):
        """End the whole program, because of what it did."""
        if not self.stopped:
            self.stopped = (outcome, detail)
        _kill(-1 if os.getpid() == 1 else -self.pid)

    # --------------------------------------------------------------------- verdict

    def _result(self, test, outcome, message, seconds):
        return {"name": test["name"], "outcome": outcome, "message": message, "seconds": seconds}

    def _verdict(self, seconds):
        if self.stopped and all(result["outcome"] == "passed" for result in self.results):
            last = self.results[-1]
            last["outcome"], last["message"] = self.stopped
        failures = [result for result in self.results if result["outcome"] != "passed"]
        return {
            "program": self.program["id"],
            "outcome": failures[0]["outcome"] if failures else "passed",
            "tests": self.results,
            "detail": failures[0]["message"] if failures else "",
            "stdout": self.tails[1].decode("utf-8", "replace"),
            "stderr": self.tails[2].decode("utf-8", "replace"),
            "seconds": seconds,
            "cpu_seconds": self.cpu,
            "peak_memory": self.peak,
            "calls": self.calls,
        }


# --------------------------------------------------------------------- the program


def _become_program(program, hello, control, report, writers):
    """In the forked child: take limits, load the candidate, run tests on demand. No return."""
    try:
        try:
            os.setsid()
            for number, writer in enumerate(writers, start=1):
                os.dup2(writer, number)
                os.close(writer)
            os.chdir(hello["work"])
            _drop_privileges(hello)
            _limit(program["limits"])
            sys.stdin = open(0)
            sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
            sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
            runner = _Program(program, os.fdopen(control, "rb"), report)
        except BaseException as error:
            message = "%s: %s" % (type(error).__name__, error)
            os.write(report, json.dumps({"ready": False, "message": message}).encode() + b"\n")
            return
        os.write(report, b'{"ready": true}\n')
        runner.run()
    finally:
        os._exit(70)


def _limit(limits):
    # A CPU limit in whole seconds; the hard one leaves room for the last test, which runs
    # in the process that loaded the candidate.
    seconds = -int(-limits["cpu_seconds"] // 1)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, 2 * seconds + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_size"], limits["file_size"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))
    resource.setrlimit(resource.RLIMIT_MSGQUEUE, (0, 0))
    total, data = _mapped()
    # What is allocated counts as data; shared mappings do not, so address space is bounded
    # too, more widely, because libraries are mapped and never touched.
    resource.setrlimit(resource.RLIMIT_DATA, (data + limits["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (total + 2 * limits["memory"] + (4 << 30),) * 2)
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # should memory run out all the same, this goes first


def _drop_privileges(hello):
    if hello["uid"] is not None:
        os.setgroups([])
        os.setresgid(hello["gid"], hello["gid"], hello["gid"])
        os.setresuid(hello["uid"], hello["uid"], hello["uid"])
    _drop_capabilities()
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self belongs to root
    os.umask(0o022)


def _drop_capabilities():
    """Give up every capability: inside a user namespace a process begins with all. None
    can come back, as no program that is executed later gains privileges."""
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    LIBC.capset(header, struct.pack("=6I", 0, 0, 0, 0, 0, 0))


class _Program:
    """The loaded candidate. Runs in a process that its code shares, and trusts nothing."""

    # Bound before the candidate can replace them in their modules.
    _dumps, _loads = staticmethod(json.dumps), staticmethod(json.loads)
    _write, _fork, _exit = staticmethod(os.write), staticmethod(os.fork), staticmethod(os._exit)
    _wait4, _getpid, _setsid = (
        staticmethod(os.wait4),
        staticmethod(os.getpid),
        staticmethod(os.setsid),
    )
    _getrlimit = staticmethod(resource.getrlimit)
    _setrlimit = staticmethod(resource.setrlimit)
    _getrusage = staticmethod(resource.getrusage)

    def __init__(self, program, orders, report):
        self.program = program
        self.orders = orders
        self.report = report
        self.watch = _Watch()
        self.streams = (sys.stdout, sys.stderr)
        script = not program["tests"]
        name = "__main__" if script else "candidate"
        module = types.ModuleType(name)
        sys.modules[name] = module
        self.namespace = module.__dict__
        self.namespace["__builtins__"] = builtins

    def run(self):
        program = self.program
        source = program["source"] if program["tests"] else ""
        outcome, message = self._attempt(
            lambda: (
                _execute(program["prelude"], "prelude.py", self.namespace),
                self.watch.set(program["watch"]),
                _execute(source, "candidate.py", self.namespace),
            )
        )
        self._flush()
        if outcome != "passed":
            self._tell({"loaded": False, "outcome": outcome, "message": message})
            self._exit(0)
        self._tell({"loaded": True, "calls": self.watch.counts})
        tests = program["tests"] or [{"name": "program", "source": program["source"]}]
        for line in self.orders:
            order = self._loads(line.decode())
            test = tests[order["test"]]
            if order["fork"]:
                self._run_apart(test, order)
            else:
                self._allow_more_cpu()
                self._run_here(test, order)

    def _run_apart(self, test, order):
        pid = self._fork()
        if not pid:
            self._setsid()
            self._run_here(test, order)
        self._tell({"started": pid})
        _, status, usage = self._wait4(pid, 0)
        self._tell({"ended": True, "status": status, "rss": usage.ru_maxrss * 1024,
                    "cpu": usage.ru_utime + usage.ru_stime})  # fmt: skip

    def _run_here(self, test, order):
        file = "%s.py" % (test["name"] if self.program["tests"] else "candidate")
        outcome, message = self._attempt(lambda: _execute(test["source"], file, self.namespace))
        self._flush()
        counts = self.watch.counts
        self._tell({"done": True, "token": order["token"], "outcome": outcome,
                    "message": message, "calls": counts})  # fmt: skip
        self._exit(0)

    def _allow_more_cpu(self):
        usage = self._getrusage(resource.RUSAGE_SELF)
        soft, hard = self._getrlimit(resource.RLIMIT_CPU)
        used = int(usage.ru_utime + usage.ru_stime)
        self._setrlimit(resource.RLIMIT_CPU, (min(soft + used, hard), hard))

    def _attempt(self, action):
        """Outcome and message of ``action``."""
        try:
            action()
        except BaseException as error:
            return _classify(error), _describe(error)
        return "passed", ""

    def _flush(self):
        for stream in self.streams:
            try:
                stream.flush()
            except Exception:
                pass  # the candidate closed it: nothing more is to be had from it

    def _tell(self, message):
        self._write(self.report, self._dumps(message).encode() + b"\n")


def _execute(source, file, namespace):
    if source:
        lines = source.splitlines(True)
        linecache.cache[file] = (len(source), None, lines, file)
        exec(compile(source, file, "exec"), namespace)


def _classify(error):
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, AssertionError) or type(error).__module__ == "_pytest.outcomes":
        return "failed"
    if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):
        return "memory"  # torch's allocator raises no MemoryError
    return "error"


def _describe(error):
    """The last lines of the traceback, without our own frames."""
    try:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename != __file__
        ]
        text = "".join(traceback.format_list(frames[-4:]))
        text += "".join(traceback.format_exception_only(type(error), error))
    except BaseException:
        text = type(error).__name__  # its __str__ raises
    return text.strip()[-MESSAGE:]


class _Watch:
    """Counts the completed calls of functions by dotted path."""

    def __init__(self):
        self.counts = {}

    def set(self, paths):
        for path in paths:
            found = _resolve(path)
            if found is None:
                continue  # it does not exist in this version: nobody can call it
            owner, name, target = found
            if not callable(target):
                continue
            self.counts[path] = 0
            try:
                setattr(owner, name, self._replacement(path, owner, name, target))
            except (AttributeError, TypeError):
                del self.counts[path]  # a type that cannot be changed cannot be watched

    def _replacement(self, path, owner, name, target):
        if isinstance(target, type):
            return _counted_class(target, path, self.counts)
        if isinstance(owner, type):
            plain = next(vars(base)[name] for base in owner.__mro__ if name in vars(base))
            if isinstance(plain, (staticmethod, classmethod)):
                return type(plain)(self._counted(path, plain.__func__))
        counted = self._counted(path, target)
        is_method = hasattr(type(target), "__get__")
        if is_method or isinstance(target, types.BuiltinFunctionType):
            return counted
        return _Proxy(target, counted)

    def _counted(self, path, target):
        counts = self.counts

        @functools.wraps(target)
        def counted(*arguments, **named):
            result = target(*arguments, **named)
            counts[path] += 1
            return result

        return counted


def _resolve(path):
    """Owner, name and value of a dotted path; None where there is no such thing."""
    parts = path.split(".")
    for depth in range(len(parts) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:depth]))
            break
        except ImportError:
            continue
    else:
        return None
    try:
        for part in parts[depth:-1]:
            owner = getattr(owner, part)
        return owner, parts[-1], getattr(owner, parts[-1])
    except AttributeError:
        return None


def _counted_class(target, path, counts):
    def counted(self, *arguments, **named):
        # The one of object takes no arguments; they were for __new__, where there is one.
        if original is not object.__init__ or target.__new__ is object.__new__:
            original(self, *arguments, **named)
        counts[path] += 1

    original = target.__init__
    try:
        target.__init__ = functools.wraps(original)(counted)
    except TypeError:
        # A type of C: a subclass of the same name stands in for it.
        def new(cls, *arguments, **named):
            made = target.__new__(cls, *arguments, **named)
            counts[path] += 1
            return made

        return type(target.__name__, (target,), {"__new__": new, "__module__": target.__module__})
    return target


class _Proxy:
    """A callable object that counts and otherwise is what it stands for."""

    def __init__(self, target, counted):
        self.__dict__.update(_target=target, _counted=counted, __wrapped__=target)

    @property
    def __class__(self):
        return type(self._target)  # for isinstance

    def __eq__(self, other):
        return other is self or other == self._target

    def __hash__(self):
        return hash(self._target)

    def __call__(self, *arguments, **named):
        return self._counted(*arguments, **named)

    def __getattr__(self, name):
        return getattr(self._target, name)

    def __setattr__(self, name, value):
        setattr(self._target, name, value)

    def __repr__(self):
        return repr(self._target)


# ------------------------------------------------------------------- small helpers


def _sound(message):
    """Whether a report has the form that ours have: a candidate may have written it."""
    return (
        isinstance(message.get("calls", {}), dict)
        and all(isinstance(count, int) for count in message.get("calls", {}).values())
        and isinstance(message.get("message", ""), str)
        and message.get("outcome", "error") in ("passed", "failed", "error", "memory")
        and isinstance(message.get("rss", 0), int)
        and isinstance(message.get("status", 0), int)
        and isinstance(message.get("cpu", 0.0), (int, float))
        and ("loaded" not in message or "calls" in message or "outcome" in message)
        and ("done" not in message or "outcome" in message)
    )


def _is_pid(value):
    return isinstance(value, int) and value > 1


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass  # it is gone already


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _mapped():
    """Bytes of address space and of data that this process has."""
    pages = open("/proc/self/statm").read().split()
    size = resource.getpagesize()
    return int(pages[0]) * size, int(pages[5]) * size


def _memory(pid, file="status", fields=("RssAnon:", "RssShmem:")):
    """Bytes of memory that a process has in use and could not be read again from a file."""
    with open("/proc/%s/%s" % (pid, file)) as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(fields)) * 1024


def _memory_of_all(before, limit):
    """Bytes of memory that all processes have, beyond the ``before`` of the supervisor.

    What processes share counts in each of them, as long as the sum is below ``limit``; only
    above it they are measured exactly, which takes the kernel long.
    """
    if os.getpid() != 1:
        return 0
    pids = [name for name in os.listdir("/proc") if name.isdigit()]
    several = -before
    for pid in pids:
        try:
            several += max(_memory(pid) - (before if pid != "1" else 0), 0)
        except OSError:
            continue  # it has ended
    if several <= limit:
        return several
    once = -before
    for pid in pids:
        try:
            once += _memory(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))
        except PermissionError:
            return several  # a container may not look so closely
        except OSError:
            continue
    return once


def _kills_for_memory():
    """How many processes of this machine the kernel has ended because memory ran out."""
    with open("/proc/vmstat") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))


def _write_files(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)


def _clean_up(scratch):
    """Remove what a program left behind; whether all of it is gone."""
    clean = _remove_ipc()
    for folder in scratch:
        try:
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path)
                else:
                    os.unlink(entry.path)
        except (OSError, RecursionError):
            clean = False
    return clean


def _remove_ipc():
    """Remove System V shared memory, semaphores and message queues."""
    for kind, remove in (("shm", LIBC.shmctl), ("sem", LIBC.semctl), ("msg", LIBC.msgctl)):
        try:
            with open("/proc/sysvipc/" + kind) as file:
                entries = file.read().splitlines()[1:]
        except OSError:
            continue
        if os.getpid() != 1:
            return True  # not a namespace of our own: these are somebody else's
        for entry in entries:
            number = int(entry.split()[1])
            arguments = (number, 0, 0) if kind == "sem" else (number, 0, None)
            if remove(*arguments) != 0:
                return False
    return True


def _read_frame(descriptor):
    """The next frame; None at the end of the stream."""
    head = _read(descriptor, 4)
    if head is None:
        return None
    body = _read(descriptor, struct.unpack(">I", head)[0])
    return None if body is None else json.loads(body.decode())


def _read(descriptor, count):
    parts = []
    while count:
        try:
            part = os.read(descriptor, min(count, 1 << 20))
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            raise
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_frame(descriptor, message):
    body = json.dumps(message).encode()
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
