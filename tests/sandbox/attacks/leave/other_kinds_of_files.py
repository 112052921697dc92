"""Pipes, sockets, files with many names, holes, and descriptors that hold them open."""

import socket

os.mkfifo("/tmp/pipe")
socket.socket(socket.AF_UNIX).bind("/tmp/socket")
for number in range(100):
    os.link("/tmp/pipe", "/tmp/link%d" % number)
with open("/tmp/hole", "wb") as file:
    file.truncate(60 << 20)
held = [os.open("/tmp/hole", os.O_RDWR) for _ in range(100)]
# %% next
assert os.listdir("/tmp") == ["work"]
assert os.statvfs("/tmp").f_bfree > 0.99 * os.statvfs("/tmp").f_blocks
