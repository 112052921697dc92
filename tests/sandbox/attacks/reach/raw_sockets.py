"""Raw packets of the network and of the link below it."""

import socket

for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_INET6, socket.SOCK_RAW)):
    refused(socket.socket, family, kind, 1)
refused(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, 3)
refused(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, 3)
