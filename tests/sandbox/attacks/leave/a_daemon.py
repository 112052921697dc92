"""A process that goes on: a daemon by the book."""

import time

if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(600)
    os._exit(0)
# %% next
alive = [name for name in os.listdir("/proc") if name.isdigit()]
assert {int(name) for name in alive} <= {1, os.getpid(), os.getppid()}, alive
