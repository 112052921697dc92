"""Makes the builtins and the functions that end a process useless."""

import builtins
import json
import os

for name in ("exec", "compile", "isinstance", "type", "len", "print", "str", "getattr", "iter"):
    setattr(builtins, name, lambda *ignored, **named: True)
json.dumps = lambda *ignored, **named: "{}"
os._exit = os.write = os.fork = os.wait4 = lambda *ignored: 0
raise AssertionError
