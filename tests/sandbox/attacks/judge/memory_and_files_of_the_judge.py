"""From the candidate's process, reads and writes what /proc shows of all others."""


def f():
    reached = []
    for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
        if int(pid) in (os.getpid(), os.getppid()):
            continue
        for name in ("mem", "environ", "maps", "fd", "cwd", "root", "exe", "map_files", "syscall"):
            path = "/proc/%s/%s" % (pid, name)
            try:
                reached.append((pid, name, os.listdir(path)))
            except OSError:
                pass
            for mode in ("rb", "r+b"):
                try:
                    with open(path, mode, 0) as file:
                        reached.append((pid, name, file.read(1)))
                except OSError:
                    pass
    return repr(reached) if reached else ""
