"""Sockets to the machine that this machine runs on, which no network namespace holds back."""

import socket

for context in (0, 1, 2, 3):
    try:
        channel = socket.socket(40, socket.SOCK_STREAM)  # AF_VSOCK
    except OSError:
        break
    channel.settimeout(0.5)
    refused(channel.connect, (context, 22))
else:
    raise AssertionError("there is a socket of this family")
