"""Settings from defaults and a JSON file."""

import json
from pathlib import Path

DEFAULTS = {"host": "localhost", "port": 8000, "debug": False, "workers": 2}


class SettingsError(ValueError):
    """A setting that does not exist, or a value that does not fit."""


def _check(values, source):
    for name, value in values.items():
        if name not in DEFAULTS:
            raise SettingsError(f"{source}: there is no setting {name!r}")
        if type(value) is not type(DEFAULTS[name]):
            raise SettingsError(f"{source}: {name!r} has the wrong type")


def load(path=None):
    """All settings; what the file says wins over the defaults."""
    settings = dict(DEFAULTS)
    if path is not None:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        _check(values, path)
        settings.update(values)
    return settings
