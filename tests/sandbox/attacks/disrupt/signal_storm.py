"""Sends itself and all its processes signals without end."""

import os
import signal

for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGCONT):
    signal.signal(number, lambda *ignored: None)
parent = os.getpid()
os.fork()
while True:
    for number in (signal.SIGUSR1, signal.SIGCHLD, signal.SIGCONT):
        os.kill(parent, number)
        os.kill(os.getppid(), number)
