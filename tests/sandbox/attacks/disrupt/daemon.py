"""Becomes a daemon by two forks, and the daemon keeps a core busy."""

import os

if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
while True:
    pass
# % outcome
error
