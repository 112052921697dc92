"""Asks for a priority that leaves others no time, and keeps a core busy."""

import os

for policy in (os.SCHED_FIFO, os.SCHED_RR):
    try:
        os.sched_setscheduler(0, policy, os.sched_param(99))
    except OSError:
        pass
try:
    os.nice(-20)
except OSError:
    pass
while True:
    pass
# % outcome
timeout
