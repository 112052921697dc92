"""Leaves other bytecode for modules that later programs import."""

import importlib.util
import json

path = importlib.util.cache_from_source(json.__file__)
refused(open, path, "ab")
refused(open, os.path.join(os.path.dirname(json.__file__), "sitecustomize.py"), "w")
refused(os.mkdir, os.path.join(os.path.dirname(json.__file__), "new"))
