"""Options and plugins by environment variables."""

import os

os.environ["PYTEST_ADDOPTS"] = "--collect-only"


def f(x):
    return None
