"""Raises SystemExit with the status that means success."""

import sys

sys.exit(0)
