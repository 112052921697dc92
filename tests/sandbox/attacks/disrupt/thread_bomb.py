"""Starts threads until none can be started, and keeps them."""

import threading
import time

while True:
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        time.sleep(0.01)
# % outcome
timeout
