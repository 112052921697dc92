"""Settings from defaults and a JSON file."""

import json
import os
from pathlib import Path

DEFAULTS = {"host": "localhost", "port": 8000, "debug": False, "workers": 2}
PREFIX = "APP_"


class SettingsError(ValueError):
    """A setting that does not exist, or a value that does not fit."""


def _convert(name, text):
    """The text of an environment variable as a value of the setting's type."""
    kind = type(DEFAULTS[name])
    if kind is bool:
        return text.lower() in ("1", "true", "yes")
    try:
        return kind(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name.upper()} has to be a number") from None


def _from_environment():
    found = {}
    for name in DEFAULTS:
        text = os.environ.get(PREFIX + name.upper())
        if text is not None:
            found[name] = _convert(name, text)
    return found


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
    settings.update(_from_environment())
    return settings
