"""Calls itself by bytes that are no text, while the supervisor looks at its processes."""

import time

with open("/proc/self/comm", "wb") as file:
    file.write(b"\xff\xfe\nRssAnon:")
time.sleep(0.3)
raise AssertionError
