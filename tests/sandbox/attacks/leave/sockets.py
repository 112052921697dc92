"""Sockets that wait for the next program: by file, by abstract name, and by port."""

import socket

for address in ("/tmp/left", "\0left"):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
server = socket.socket()
server.bind(("0.0.0.0", 7777))
server.listen()
if not os.fork():
    while True:
        server.accept()
# %% next
import socket

for address in ("/tmp/left", "\0left"):
    refused(socket.socket(socket.AF_UNIX).connect, address)
refused(socket.create_connection, ("127.0.0.1", 7777), 1)
