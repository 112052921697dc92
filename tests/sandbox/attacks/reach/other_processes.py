"""Sees or signals processes other than its own and process 1."""

import signal

numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
assert set(numbers) <= {1, os.getpid(), os.getppid()}, numbers
for pid in range(1, 5000):
    if pid not in (os.getpid(), os.getppid()):
        try:
            os.kill(pid, signal.SIGURG)
        except OSError:
            continue
        assert pid == 1, pid  # where we are the same user, which ignores it
