"""Imports the worker's modules by their names."""

import importlib
import sys

for name in (
    "supervision",
    "reports",
    "program",
    "vault",
    "judge",
    "frames",
    "suspicion",
    "remote",
    "confinement",
):
    assert name not in sys.modules, name
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    raise AssertionError(name)
assert sys.modules["__main__"].__dict__ is globals() or "Supervision" not in vars(
    sys.modules["__main__"]
)
