"""What programs use of the machine, and the removal of what they leave."""

import ctypes
import os
import stat

LIBC = ctypes.CDLL(None, use_errno=True)


def kills_for_memory():
    """How many processes of this machine the kernel has ended because memory ran out."""
    with open("/proc/vmstat") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))


def waited():
    """Seconds that the processes of a program were ready to run and had no core.

    None where the kernel does not tell.
    """
    total = 0
    try:
        for pid in os.listdir("/proc"):
            if pid.isdigit() and pid != "1":
                try:
                    with open("/proc/%s/schedstat" % pid) as file:
                        total += int(file.read().split()[1])
                except (ProcessLookupError, FileNotFoundError):
                    if not os.path.exists("/proc/1/schedstat"):
                        return None
    except OSError:
        return None
    return total / 1e9


def make_folder(work):
    """The folder that programs run in, which belongs to all: they are other users than we."""
    os.mkdir(work)
    os.chmod(work, 0o777)


def write_files(folder, files, blob):
    """Write the files (name and length of each) whose contents ``blob`` begins with; how many
    bytes of it they are."""
    place = 0
    for name, length in files:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb", buffering=0) as file:
            content = blob[place : place + length]
            while content:
                content = content[file.write(content) :]
        place += length
    return place


def clean_up(scratch, work, with_ipc):
    """Remove what a program left behind; whether all of it is gone.

    ``work`` is a folder in one of ``scratch``, which stays where it is as it was made.
    ``with_ipc``: programs can make System V objects.
    """
    clean = not with_ipc or _remove_ipc()
    try:
        if os.listdir(work) or os.lstat(work).st_mode != stat.S_IFDIR | 0o777:
            _remove(work)
    except OSError:
        pass  # the program removed it
    try:
        for folder in scratch:
            if os.lstat(folder).st_mode != stat.S_IFDIR | 0o1777:
                os.chmod(folder, 0o1777)  # where programs are the same user as we, it is theirs
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if path != work:
                    _remove(path)
        if not os.path.lexists(work):
            make_folder(work)
    except (OSError, RecursionError):
        clean = False
    return clean


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil  # with libraries that every fork would have to copy

        shutil.rmtree(path)
    else:
        os.unlink(path)


def _remove_ipc():
    """Remove System V shared memory, semaphores and message queues."""
    for kind, remove in (("shm", LIBC.shmctl), ("sem", LIBC.semctl), ("msg", LIBC.msgctl)):
        try:
            with open("/proc/sysvipc/" + kind) as file:
                entries = file.read().splitlines()[1:]
        except OSError:
            continue
        for entry in entries:
            number = int(entry.split()[1])
            arguments = (number, 0, 0) if kind == "sem" else (number, 0, None)
            if remove(*arguments) != 0:
                return False
    return True


def ipc_is_refused():
    """Whether this process, and so every program, may make no System V objects."""
    number = LIBC.shmget(0, 1, 0o600)  # IPC_PRIVATE
    if number >= 0:
        LIBC.shmctl(number, 0, None)
    return number < 0
