"""Sockets of the families that nothing here has a use for."""

import socket

for family in (
    3,
    4,
    5,
    6,
    9,
    13,
    15,
    20,
    21,
    23,
    24,
    26,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    37,
    39,
    43,
    44,
    45,
):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        for protocol in (0, 1):
            refused(socket.socket, family, kind, protocol)
