"""Stops taking orders, with all its descriptors open."""

import signal
import threading

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXCPU})
threading.Event().wait()
# %% outcome
timeout
