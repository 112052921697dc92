"""Runs programs that make their caller root, of the system and of its own making."""

import glob
import shutil
import subprocess

for path in (
    "/bin/su",
    "/usr/bin/sudo",
    "/bin/mount",
    "/usr/bin/passwd",
    "/usr/bin/newuidmap",
    "/usr/bin/pkexec",
):
    if os.path.exists(path):
        done = subprocess.run([path, "-c", "id -u"], stdin=subprocess.DEVNULL, capture_output=True)
        assert done.stdout.strip() != b"0"
for path in [*glob.glob("/usr/bin/python3.[0-9]*[0-9]"), "/bin/sh"]:
    shutil.copy(path, "/tmp/mine")
    os.chmod("/tmp/mine", 0o6755)
    code = ("import os; print(os.geteuid())", "id -u")["sh" in path]
    try:
        done = subprocess.run(["/tmp/mine", "-c", code], capture_output=True)
    except PermissionError:
        continue  # nothing that lies there is run
    assert done.stdout.strip() in (b"", str(os.getuid()).encode()), done
