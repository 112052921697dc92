"""Writes to the system, the interpreter, the worker and the packages."""

import sys

paths = ["/x", "/usr/x", "/bin/x", "/etc/x", "/etc/passwd", "/etc/ld.so.preload", "/dev/x", "/worker/x",
         "/worker/program.py", "/environment/0/x", os.__file__, sys.executable, "/proc/x"]  # fmt: skip
for path in paths:
    refused(open, path, "ab")
    refused(os.unlink, path)
    refused(os.rename, path, "/tmp/x")
    refused(os.chmod, path, 0o777)
