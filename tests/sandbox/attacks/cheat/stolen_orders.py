"""Says that it is loaded, reads the orders with their tokens itself, and answers them."""

import os
import struct

HEAD, REPORT = struct.Struct("<II16sQ"), struct.Struct("<cc16sI2x")
control, report = 3, 4


def tell(kind, body=b"", token=bytes(16)):
    os.write(report, REPORT.pack(kind, b"p", token, len(body)) + body)


tell(b"l")
for _ in range(3):
    data = os.read(control, HEAD.size)
    if len(data) < HEAD.size:
        break
    number, flags, token, length = HEAD.unpack(data)
    os.read(control, length)
    tell(b"d", b"", token)
    if flags & 1:
        tell(b"e", b"0 1 0.0")
os._exit(0)
