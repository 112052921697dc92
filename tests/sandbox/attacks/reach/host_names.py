"""Learns the host's name and user names, or changes them."""

import platform
import pwd

assert platform.node() != HOST
assert libc.sethostname(b"x", 1) == -1 and libc.setdomainname(b"x", 1) == -1
assert ME in ("root", "nobody") or ME not in {entry.pw_name for entry in pwd.getpwall()}
