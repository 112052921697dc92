"""A tree of many folders, none of which its owner may enter."""

import os

for outer in range(30):
    os.mkdir(f"/tmp/{outer}")
    for inner in range(100):
        os.mkdir(f"/tmp/{outer}/{inner}")
        open(f"/tmp/{outer}/{inner}/file", "w").close()
        os.chmod(f"/tmp/{outer}/{inner}", 0)
    os.chmod(f"/tmp/{outer}", 0)
raise SystemExit
