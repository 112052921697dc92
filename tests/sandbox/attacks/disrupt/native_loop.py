"""A loop in C that no signal handler of Python interrupts."""

import re

re.match(r"(a+)+$", "a" * 64 + "b")
# % outcome
timeout
