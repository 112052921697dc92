"""Crashes with as large a core as it may have, in many processes."""

import os
import resource
import signal

try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
except (OSError, ValueError):
    pass
for _ in range(4):
    os.fork()
held = b"x" * (10 << 20)
os.kill(os.getpid(), signal.SIGQUIT)
