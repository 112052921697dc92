"""Enters namespaces of its own and becomes a worker there. Run as a script, by ``local``.

Standard library only, and started without site packages: what happens here must not depend
on what is installed. In order:

1. new namespaces for mounts, processes, network, System V objects and the host name; for an
   ordinary user inside a new user namespace. Real root takes none: root in a namespace of
   its own still counts as the owner of ``/proc/sys``.
2. process 1 of the new process namespace builds a root of its own in memory: the system's
   folders, the interpreter and the packages, read-only; ``/tmp`` and ``/dev/shm`` empty and
   bounded; nothing of anybody's home.
3. it refuses the system calls that would undo this, gives up the capabilities that a worker
   does not need, and becomes the worker.

A step that fails is reported as a frame ``{"failed": "..."}`` on stdout.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import struct
import sys
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 1, 2, 4, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, AT_RECURSIVE = 1, 2, 0x8000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24
SYS_MOUNT_SETATTR = 442
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: The system calls of a machine that no program may make. Inside a namespace of its own a
#: program could mount file systems, and with these other calls it could hold memory, that no
#: limit of ours counts; keyrings outlive a program; the rest is much attack surface.
REFUSED = {
    "unshare": {"x86_64": 272, "aarch64": 97},
    "setns": {"x86_64": 308, "aarch64": 268},
    "shmget": {"x86_64": 29, "aarch64": 194},
    "semget": {"x86_64": 64, "aarch64": 190},
    "msgget": {"x86_64": 68, "aarch64": 186},
    "memfd_create": {"x86_64": 319, "aarch64": 279},
    "memfd_secret": {"x86_64": 447, "aarch64": 447},
    "add_key": {"x86_64": 248, "aarch64": 217},
    "request_key": {"x86_64": 249, "aarch64": 218},
    "keyctl": {"x86_64": 250, "aarch64": 219},
    "bpf": {"x86_64": 321, "aarch64": 280},
    "perf_event_open": {"x86_64": 298, "aarch64": 241},
    "userfaultfd": {"x86_64": 323, "aarch64": 282},
    "io_uring_setup": {"x86_64": 425, "aarch64": 425},
}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435
X32 = 0x40000000  # marks the calls of a second table that x86-64 has
#: What a worker needs: to read and remove what programs made, to end them, to give them
#: another user, to see how much memory they share.
KEPT = {1: "DAC_OVERRIDE", 5: "KILL", 6: "SETGID", 7: "SETUID", 19: "SYS_PTRACE"}

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
CONFIGURATION = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "alternatives",
    "mime.types",
)
DEVICES = ("null", "zero", "full", "random", "urandom")
INSIDE = 1000  # what an ordinary user is called inside the user namespace


class Failed(Exception):
    """A step of the isolation did not work; the text says which and why."""


def main() -> None:
    plan = json.loads(sys.argv[1])
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _unshare()
        child = os.fork()
        if child:
            for descriptor in (0, 1):
                os.close(descriptor)  # the worker alone holds the channel to the host
            os.waitpid(child, 0)
            os._exit(0)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _build_root(plan)
        _refuse_calls()
        _drop_capabilities()
        os.execve(plan["command"][0], plan["command"], plan["environment"])
    except (Failed, OSError) as error:
        body = json.dumps({"failed": str(error)}).encode()
        os.write(1, struct.pack(">II", len(body), 0) + body)
        os._exit(1)


def _unshare() -> None:
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _check(LIBC.unshare(flags), "this root may not make namespaces (unshare)")
        return
    _check(
        LIBC.unshare(flags | CLONE_NEWUSER),
        "this kernel gives ordinary users no namespaces (unshare)",
    )
    try:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{INSIDE} {user} 1")
        _write("/proc/self/gid_map", f"{INSIDE} {group} 1")
    except OSError as error:
        raise Failed(f"the user namespace cannot be set up: {error}") from error


def _build_root(plan: dict[str, Any]) -> None:
    os.umask(0o022)  # the folders made here have to be passable for programs
    root = "/tmp"
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    # Everything outside is bound while it can still be seen, so the new root lies in a
    # folder that every system has and that nothing is bound from.
    sources = [path for path in (*SYSTEM, *plan["visible"]) if os.path.lexists(path)]
    held = {path: os.open(path, os.O_PATH) for path in sources if not os.path.islink(path)}
    held |= {inside: os.open(path, os.O_PATH) for inside, path in plan["placed"].items()}
    configuration = {
        name: os.open(f"/etc/{name}", os.O_PATH)
        for name in CONFIGURATION
        if os.path.exists(f"/etc/{name}")
    }
    devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in DEVICES}
    _mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=755")
    for path in sources:
        if os.path.islink(path) and path not in held:
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            os.symlink(os.readlink(path), root + path)
    for path, descriptor in held.items():
        _bind(descriptor, root + path)
    os.makedirs(f"{root}/etc", exist_ok=True)
    for name, descriptor in configuration.items():
        _bind(descriptor, f"{root}/etc/{name}")
    _write(f"{root}/etc/passwd", _passwd(plan["uid"]))
    _write(f"{root}/etc/group", f"sandbox:x:{plan['uid'] or INSIDE}:\n")
    _write(f"{root}/etc/hosts", "127.0.0.1 localhost\n")
    for name, descriptor in devices.items():
        _bind(descriptor, f"{root}/dev/{name}", writable=True)
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    size = f"size={plan['scratch_bytes']},nr_inodes=65536,mode=1777"
    for path in ("/tmp", "/dev/shm"):
        os.makedirs(root + path, exist_ok=True)
        _mount("tmpfs", root + path, "tmpfs", MS_NOSUID | MS_NODEV, size)
    os.makedirs(f"{root}/proc")
    _mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV)
    os.makedirs(f"{root}/.outside")
    os.chdir(root)
    number = SYS_PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise Failed(f"this kind of processor ({os.uname().machine}) is not known")
    _check(LIBC.syscall(number, b".", b".outside"), "the root cannot be exchanged (pivot_root)")
    os.chdir("/")
    for descriptor in (*held.values(), *configuration.values(), *devices.values()):
        os.close(descriptor)
    _check(LIBC.umount2(b"/.outside", MNT_DETACH), "the outside cannot be let go (umount)")
    os.rmdir("/.outside")
    _mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    _check(LIBC.sethostname(b"sandbox", 7), "the host name cannot be set")


def _bind(source: int, target: str, *, writable: bool = False) -> None:
    """Let what the descriptor ``source`` names appear at ``target``, read-only."""
    place = f"/proc/self/fd/{source}"
    if os.path.isdir(place):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(place, target, None, MS_BIND | MS_REC)
    if writable:
        return
    attributes = struct.pack("=QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    if LIBC.syscall(SYS_MOUNT_SETATTR, -100, target.encode(), AT_RECURSIVE, attributes, 32) == 0:
        return
    # Before Linux 5.12 there is only this, which does not reach mounts below.
    _mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)


def _passwd(uid: int | None) -> str:
    number = uid or INSIDE
    return f"root:x:0:0::/:/bin/sh\nsandbox:x:{number}:{number}::/tmp:/bin/sh\n"


def _refuse_calls() -> None:
    """Have the kernel refuse what ``REFUSED`` lists, in this process and all that it starts."""
    machine = os.uname().machine
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse = 0x7FFF0000, 0x80000000, 0x00050000  # refuse: plus an error number

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    steps = [
        step(load, 4),  # the architecture whose table of calls is meant
        step(equal, AUDIT_ARCH[machine], 1, 0),
        step(answer, kill),
        step(load, 0),  # the number of the call
    ]
    for call in REFUSED.values():
        steps += [step(equal, call[machine], 0, 1), step(answer, refuse | errno.EPERM)]
    # The C library falls back from clone3, whose flags a filter cannot see, to clone.
    steps += [step(equal, CLONE3, 0, 1), step(answer, refuse | errno.ENOSYS)]
    if machine == "x86_64":
        steps += [step(at_least, X32, 0, 1), step(answer, refuse | errno.ENOSYS)]
    steps += [
        step(equal, CLONE[machine], 0, 3),
        step(load, 16),  # its flags
        step(any_bit, CLONE_NEWUSER, 0, 1),
        step(answer, refuse | errno.EPERM),
        step(answer, allow),
    ]
    code = ctypes.create_string_buffer(b"".join(steps))
    filter_ = struct.pack("@HP", len(steps), ctypes.addressof(code))
    _check(
        LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0),
        "system calls cannot be refused (seccomp)",
    )


def _drop_capabilities() -> None:
    for capability in range(64):
        if capability not in KEPT and LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one that this kernel knows
    kept = sum(1 << capability for capability in KEPT)
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _check(
        LIBC.capset(header, struct.pack("=6I", kept, kept, kept, 0, 0, 0)),
        "capabilities cannot be given up (capset)",
    )
    for capability in KEPT:  # ambient, so that they outlast the exec of an ordinary user
        LIBC.prctl(47, 2, capability, 0, 0)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    _check(
        LIBC.mount(
            source.encode() if source else None,
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        ),
        f"'{target}' cannot be mounted",
    )


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def _check(result: int, what: str) -> None:
    if result != 0:
        raise Failed(f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
