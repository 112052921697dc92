"""Enters namespaces of its own and becomes a worker there. Run as a script, by ``local``.

Standard library only, and started without site packages: what happens here must not depend
on what is installed. In order:

1. new namespaces for mounts, processes, network, System V objects and the host name; for an
   ordinary user inside a new user namespace. Real root takes none: root in a namespace of
   its own still counts as the owner of ``/proc/sys``.
2. process 1 of the new process namespace builds a root of its own in memory: the system's
   folders, the interpreter and the packages, read-only; ``/tmp`` and ``/dev/shm`` empty and
   bounded; nothing of anybody's home.
3. it gives up the capabilities that a worker does not need, and becomes the worker, which
   first of all refuses the system calls that would undo this.

A step that fails is reported as a frame ``{"failed": "..."}`` on stdout.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
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
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
SYS_MOUNT_SETATTR = 442
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
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
        _start_loopback()
        child = os.fork()
        if child:
            for descriptor in (0, 1):
                os.close(descriptor)  # the worker alone holds the channel to the host
            os.waitpid(child, 0)
            os._exit(0)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _build_root(plan)
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


def _start_loopback() -> None:
    """Let programs talk to servers of their own on 127.0.0.1, as the tests of some do."""
    request = struct.pack("16sH14x", b"lo", IFF_UP)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)
    except OSError as error:
        raise Failed(f"the loopback interface cannot be started: {error}") from error


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


def _drop_capabilities() -> None:
    for capability in range(64):
        if capability not in KEPT and LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one that this kernel knows
    kept = sum(1 << capability for capability in KEPT)
    inherited = kept if os.getuid() else 0  # those of an ordinary user have to outlast the exec
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _check(
        LIBC.capset(header, struct.pack("=6I", kept, kept, inherited, 0, 0, 0)),
        "capabilities cannot be given up (capset)",
    )
    for capability in KEPT if inherited else ():
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
