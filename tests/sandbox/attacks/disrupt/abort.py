"""Ends as if by a failed assertion in C."""

import os

os.abort()
