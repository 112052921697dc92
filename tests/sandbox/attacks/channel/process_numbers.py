"""Names processes of others as its test: the supervisor, everybody, nobody, and no numbers."""

import time

odd = (b"1", b"0", b"-1", b"-2147483648", b"2147483647", b"4194304", b"1e30", b"-1e30", b"nan",
       b"inf", b"-inf", b"", b"x", b"0x10", b"1_0", b"\xff", b"9" * 400, "²".encode())  # fmt: skip
for body in odd:
    tell(b"t", body)
time.sleep(0.1)
raise AssertionError
