"""From the candidate's process, changes the limits of all others."""

import resource


def f():
    reached = []
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        if pid in (os.getpid(), os.getppid()):
            continue
        for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NOFILE):
            try:
                reached.append(resource.prlimit(pid, limit, resource.getrlimit(limit)))
            except OSError:
                pass
    return repr(reached) if reached else ""
