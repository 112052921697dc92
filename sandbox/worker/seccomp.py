"""Has the kernel refuse system calls that no program needs and no limit of ours counts."""

import ctypes
import errno
import os
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
CLONE_NEWUSER = 0x10000000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: The numbers of system calls on x86_64 and on aarch64. In a namespace of its own a program
#: could mount file systems; with others of these it could hold memory that no limit counts;
#: keyrings outlive a program; the rest is much attack surface.
REFUSED = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_setup": (206, 0),
}
CLONE, SOCKET, PRLIMIT = (56, 220), (41, 198), (302, 261)
CLONE3 = 435
X32 = 0x40000000  # marks the calls of a second table that x86-64 has
#: AF_UNIX, AF_INET, AF_INET6, and AF_NETLINK, by which the C library asks for interfaces. A
#: network namespace has none of them to offer; some other families it does not hold back.
FAMILIES = (1, 2, 10, 16)

LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000  # REFUSE: plus an error number
OFFSET_OF_CALL, OFFSET_OF_ARCHITECTURE, OFFSET_OF_FIRST = 0, 4, 16


def refuse_calls():
    """In this process and in all that it starts, for good. OSError: it does not work."""
    machine = os.uname().machine
    if machine not in ARCHITECTURE:
        raise OSError(errno.ENOSYS, "this kind of processor (%s) is not known" % machine)
    steps = _steps(machine, list(ARCHITECTURE).index(machine))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "system calls cannot be refused (seccomp)")


def _steps(machine, column):
    """The instructions of the filter; ``column`` is that of the machine in the tables."""
    steps = [
        _step(LOAD, OFFSET_OF_ARCHITECTURE),
        _step(EQUAL, ARCHITECTURE[machine], 1, 0),
        _step(ANSWER, KILL),
        _step(LOAD, OFFSET_OF_CALL),
    ]
    for numbers in REFUSED.values():
        steps += [_step(EQUAL, numbers[column], 0, 1), _step(ANSWER, REFUSE | errno.EPERM)]
    # The C library falls back from clone3, whose flags a filter cannot see, to clone.
    steps += [_step(EQUAL, CLONE3, 0, 1), _step(ANSWER, REFUSE | errno.ENOSYS)]
    if machine == "x86_64":
        steps += [_step(AT_LEAST, X32, 0, 1), _step(ANSWER, REFUSE | errno.ENOSYS)]
    families = [_step(EQUAL, family, len(FAMILIES) - place, 0)
                for place, family in enumerate(FAMILIES)]  # fmt: skip
    # Of itself alone: the supervisor may be a process of the same user.
    steps += [
        _step(EQUAL, PRLIMIT[column], 0, 4),
        _step(LOAD, OFFSET_OF_FIRST),
        _step(EQUAL, 0, 1, 0),
        _step(ANSWER, REFUSE | errno.EPERM),
        _step(ANSWER, ALLOW),
    ]
    steps += [
        _step(EQUAL, SOCKET[column], 0, len(families) + 3),
        _step(LOAD, OFFSET_OF_FIRST),
        *families,
        _step(ANSWER, REFUSE | errno.EAFNOSUPPORT),
        _step(ANSWER, ALLOW),
        _step(EQUAL, CLONE[column], 0, 3),
        _step(LOAD, OFFSET_OF_FIRST),
        _step(ANY_BIT, CLONE_NEWUSER, 0, 1),
        _step(ANSWER, REFUSE | errno.EPERM),
        _step(ANSWER, ALLOW),
    ]
    return steps


def _step(code, value, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, value)
