"""Processes that are stopped, and one that is traced by another."""

import signal
import time

for _ in range(5):
    child = os.fork()
    if not child:
        libc.ptrace(0, 0, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(600)
# %% next
alive = [name for name in os.listdir("/proc") if name.isdigit()]
assert {int(name) for name in alive} <= {1, os.getpid(), os.getppid()}, alive
