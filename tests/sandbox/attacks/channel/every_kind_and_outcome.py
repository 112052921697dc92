"""Every byte as a kind with every outcome that there is, without a token and with a guessed one."""

import random

for kind in range(256):
    for outcome in (b"p", b"f", b"e", b"m"):
        tell(bytes([kind]), b"1 1 1", outcome, random.choice((bytes(16), os.urandom(16))))
raise AssertionError
