"""What holds for every test."""

from __future__ import annotations

import os
import signal

# What a test finds must not depend on what another has generated: tests of the completions that
# are kept name a folder of their own.
os.environ["CODEUPDATE_COMPLETIONS"] = "off"

# A shell that starts the tests in the background lets them ignore Ctrl-C and Ctrl-\, and every
# process that a test starts would inherit that: who interrupts one would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
