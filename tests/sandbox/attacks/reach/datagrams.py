"""Sends datagrams to others, to everybody, and to a group."""

import socket

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for address in ("1.1.1.1", "255.255.255.255", "224.0.0.1", "172.17.0.1"):
    refused(sender.sendto, b"x", (address, 53))
