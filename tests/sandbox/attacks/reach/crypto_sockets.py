"""Sockets into the kernel's cryptography: much code, once full of holes, and of no use here."""

import socket

refused(socket.socket, 38, socket.SOCK_SEQPACKET, 0)  # AF_ALG
