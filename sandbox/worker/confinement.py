"""What a forked process gives up before it runs code of others."""

import ctypes
import os
import resource
import signal
import struct
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CAPSET = LIBC.capset
CAPSET.argtypes = [ctypes.c_char_p, ctypes.c_char_p]

NO_CAPABILITIES = (
    struct.pack("=Ii", 0x20080522, 0),  # _LINUX_CAPABILITY_VERSION_3, this process
    struct.pack("=6I", 0, 0, 0, 0, 0, 0),
)
MAPPED = [0, 0]  # bytes of address space and of data that every program begins with


#: Python ignores these by itself; whoever runs Python code expects them so.
IGNORED_BY_PYTHON = frozenset([signal.SIGPIPE, signal.SIGXFSZ])


def measure():
    """Note what is mapped before the first program: limits come on top of it."""
    with open("/proc/self/statm") as file:
        pages = file.read().split()
    MAPPED[:] = [int(pages[place]) * resource.getpagesize() for place in (0, 5)]


def drop_group(group):
    """Become a member of ``group`` alone, unless it is None; of the supervisor, once."""
    if group is not None:
        os.setgroups([])
        os.setresgid(group, group, group)


def drop_privileges(user):
    """Become ``user``, unless it is None; and lose every capability for good."""
    if user is not None:
        os.setresuid(user, user, user)  # takes the capabilities of root away
    else:
        # Inside a user namespace a process keeps all of them although it is nobody.
        CAPSET(*NO_CAPABILITIES)


def heed_signals():
    """Take every signal as a Python program at a terminal does. What started the worker may
    ignore some, as nohup and a shell's background jobs do, and that is inherited."""
    for number in set(range(1, signal.NSIG)) - IGNORED_BY_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if interrupt else signal.SIG_DFL)


def limit(limits, descriptors=1024):
    """Take resource limits; ``limits`` as the host sends them."""
    # A CPU limit in whole seconds; the hard one leaves room for the last test, which runs
    # in the process that loaded the candidate.
    seconds = -int(-limits["cpu_seconds"] // 1)
    set_limit = resource.setrlimit
    set_limit(resource.RLIMIT_CPU, (seconds, 2 * seconds + 2))
    set_limit(resource.RLIMIT_FSIZE, (limits["file_size"], limits["file_size"]))
    # Not 0: that would not hold a core back from a program that the kernel hands it to.
    set_limit(resource.RLIMIT_CORE, (1, 1))
    set_limit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    set_limit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))
    set_limit(resource.RLIMIT_MSGQUEUE, (0, 0))
    total, data = MAPPED
    # What is allocated counts as data; shared mappings do not, so address space is bounded
    # too, more widely, because libraries are mapped and never touched.
    set_limit(resource.RLIMIT_DATA, (data + limits["memory"],) * 2)
    set_limit(resource.RLIMIT_AS, (total + 2 * limits["memory"] + (4 << 30),) * 2)


def be_first_to_go():
    """Should memory run out all the same, the kernel ends programs before others, and of
    them the largest."""
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")


def allow_more_cpu(limits):
    """Give the test that runs in the program's own process as much as the others had."""
    used = int(time.process_time())
    if used:
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if soft != resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_CPU, (min(soft + used, hard), hard))
