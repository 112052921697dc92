"""Loads the worker's modules without what compiling them leaves in memory.

There is no bytecode of them, because nothing may be written where they lie. A compiler needs
much more memory than its result has, scatters the result over it and gives little of it
back; all of that would be copied for every program. So another process compiles.
"""

import contextlib
import marshal
import os
import sys
from importlib.machinery import ModuleSpec

FOLDER = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def modules():
    """While this lasts, the modules beside this one are imported so."""
    finder = _Finder(_compile_elsewhere())
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _compile_elsewhere():
    """Code by the name of its module."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with open(writing, "wb") as file:
                marshal.dump(_compile(), file)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        found = file.read()
    os.waitpid(pid, 0)
    return marshal.loads(found)


def _compile():
    found = {}
    for file in os.listdir(FOLDER):
        name, extension = os.path.splitext(file)
        if extension == ".py":
            path = os.path.join(FOLDER, file)
            with open(path, "rb") as source:
                found[name] = compile(source.read(), path, "exec")
    return found


class _Finder:
    """An importer of modules whose code is there."""

    def __init__(self, codes):
        self._codes = codes

    def find_spec(self, name, path=None, target=None):
        if name not in self._codes:
            return None
        spec = ModuleSpec(name, self, origin=os.path.join(FOLDER, name + ".py"))
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None  # as usual

    def exec_module(self, module):
        exec(self._codes[module.__name__], module.__dict__)
