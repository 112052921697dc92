"""What holds for every test."""

from __future__ import annotations

import signal

# A shell that starts the tests in the background lets them ignore Ctrl-C and Ctrl-\, and every
# process that a test starts would inherit that: who interrupts one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
