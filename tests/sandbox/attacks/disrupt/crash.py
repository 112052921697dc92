"""Reads at address 0, so that the kernel ends it and may write a core file."""

import ctypes

ctypes.string_at(0)
