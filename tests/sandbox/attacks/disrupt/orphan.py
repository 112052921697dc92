"""The program ends; a child of it goes on and holds its descriptors open."""

import os
import time

if os.fork():
    os._exit(0)
os.setsid()
time.sleep(60)
