"""Says that its test ended, with impossible numbers."""

import time

odd = (b"1e30 0 0", b"-1 0 0", b"0 1e300 0", b"0 -1 0", b"0 0 1e308", b"0 0 nan", b"nan nan nan",
       b"inf 0 0", b"0", b"", b"a b c", b"0 0", b"65536 0 0", b"127 0 0", b"9 0 99")  # fmt: skip
for body in odd:
    tell(b"e", body)
    time.sleep(0.02)
raise AssertionError
