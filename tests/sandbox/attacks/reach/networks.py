"""Connects by IPv4 and IPv6 to this machine, to others, and to a name."""

import socket

targets = [("127.0.0.1", PORT), ("1.1.1.1", 53), ("169.254.169.254", 80), ("172.17.0.1", PORT)]
for address in targets:
    refused(socket.create_connection, address, 1)
for address in (("::1", PORT), ("2606:4700:4700::1111", 53)):
    refused(socket.create_connection, address, 1)
refused(socket.getaddrinfo, "example.org", 80)
