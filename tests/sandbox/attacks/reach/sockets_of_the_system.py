"""The sockets of daemons: Docker, D-Bus, journal, by path and by abstract name."""

import socket

for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket",
             "/run/systemd/journal/stdout", "/run/containerd/containerd.sock",
             ABSTRACT):  # fmt: skip
    refused(socket.socket(socket.AF_UNIX).connect, path)
