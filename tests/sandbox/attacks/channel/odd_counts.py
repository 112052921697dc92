"""Counts of watched functions that are no numbers, or far too large."""

import time

for count in ("²", "٣", "9" * 4000, "-1", "1e9", "0x1", "", "\0"):
    tell(b"c", (count + " math.gcd").encode()[-4072:])
    tell(b"l", (count + " math.gcd").encode()[-4072:])
    time.sleep(0.01)
raise AssertionError
