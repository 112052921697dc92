"""Changes limits, priority, processors and scheduling of process 1."""

import resource

for name in (
    "RLIMIT_CPU",
    "RLIMIT_NOFILE",
    "RLIMIT_AS",
    "RLIMIT_FSIZE",
    "RLIMIT_NPROC",
    "RLIMIT_DATA",
    "RLIMIT_STACK",
):
    now = resource.getrlimit(getattr(resource, name))
    refused(resource.prlimit, 1, getattr(resource, name), (now[0], now[1]))
refused(os.setpriority, os.PRIO_PROCESS, 1, 19)
refused(os.sched_setscheduler, 1, os.SCHED_IDLE, os.sched_param(0))
refused(os.sched_setaffinity, 1, {0})
assert syscall(251, 30, 1, 1, 3 << 13) == -1  # ioprio_set
