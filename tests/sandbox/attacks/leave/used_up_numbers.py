"""Counters of the kernel that only go up, and ports that are in use for a while."""

import socket

for _ in range(200):
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
# %% next
assert os.getpid() > 1
