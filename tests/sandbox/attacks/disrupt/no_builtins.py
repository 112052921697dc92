"""Deletes all builtins."""

import builtins

for name in dir(builtins):
    if not name.startswith("__"):
        delattr(builtins, name)
vars(builtins)["__import__"] = None
raise __name__
