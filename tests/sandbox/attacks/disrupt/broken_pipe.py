"""Sends itself what is sent when nobody reads any more, with the default reaction."""

import os
import signal

signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader, writer = os.pipe()
os.close(reader)
os.write(writer, b"x")
