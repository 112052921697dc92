"""Says what a library documents of the names it is told: one JSON object on the last line.

Runs in the library's own environment, so it needs nothing and keeps to Python 3.7.
"""

import importlib
import inspect
import json
import sys


def look_up(name):
    """What a dotted name stands for, or None."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found
    return None


def describe(name):
    """Signature and docstring of a function or class; nothing of anything else."""
    found = look_up(name)
    text = inspect.getdoc(found) if callable(found) else None
    if not text:
        return ""
    try:
        signature = str(inspect.signature(found))
    except (TypeError, ValueError):  # written in C
        signature = ""
    return name + signature + "\n\n" + text


print("\n" + json.dumps({name: describe(name) for name in sys.argv[1:]}))
