"""The frames between host and worker: two lengths, that much JSON, that many bytes.

The bytes are what must not become an object here: the tests, and what is said of them.
"""

import json
import os
import struct

HEAD = struct.Struct(">II")


def read_frame(descriptor, vault):
    """The next frame's JSON, with its bytes as ``blob`` in the vault; None at the end."""
    head = _read(descriptor, HEAD.size)
    if head is None:
        return None
    length, more = HEAD.unpack(head)
    body = _read(descriptor, length)
    if body is None:
        return None
    frame = json.loads(body.decode())
    blob = vault.take(more)
    read = 0
    while read < more:
        count = os.readv(descriptor, [blob[read:]])
        if not count:
            return None
        read += count
    frame["blob"] = blob
    if "program" in frame:
        frame["program"]["blob"] = blob
    return frame


def write_frame(descriptor, message, said=()):
    """Write ``message``; ``said`` are regions of the vault that follow it."""
    body = json.dumps(message).encode()
    _write(descriptor, HEAD.pack(len(body), sum(len(region) for region in said)) + body)
    for region in said:
        _write(descriptor, region)


def _read(descriptor, count):
    data = os.read(descriptor, count)
    while len(data) < count:
        part = os.read(descriptor, min(count - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return data


def _write(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]
