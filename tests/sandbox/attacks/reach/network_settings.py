"""Changes interfaces, addresses and packet filters by netlink."""

import socket

try:
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
except OSError:
    link = None
if link:
    link.settimeout(1)
    up = struct.pack("=BxHiII", 0, 0, 1, 1, 1)
    message = struct.pack("=IHHII", 16 + len(up), 16, 5, 1, 0) + up  # RTM_NEWLINK, lo, up
    link.send(message)
    answer = link.recv(4096)
    assert struct.unpack("=i", answer[16:20])[0] < 0, answer
try:
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)  # audit
except OSError:
    link = None
if link:
    refused(link.bind, (0, 1))
