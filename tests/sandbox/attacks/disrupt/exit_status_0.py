"""Ends with the exit status that means success."""

import os

os._exit(0)
