"""Puts other things where the worker's descriptors were."""

import os
import socket

null = os.open("/dev/null", os.O_RDWR)
pair = socket.socketpair()
for number in range(3, 64):
    if number not in (null, pair[0].fileno(), pair[1].fileno()):
        os.dup2((null, pair[0].fileno())[number % 2], number)
raise AssertionError
