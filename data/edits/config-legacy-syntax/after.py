"""Flat configuration files."""


class ConfigError(ValueError):
    """A line that cannot be read."""


def _parse_value(text):
    """Numbers, yes/no and everything else as text."""
    lowered = text.lower()
    if lowered in ("yes", "true"):
        return True
    if lowered in ("no", "false"):
        return False
    try:
        return int(text)
    except ValueError:
        return text


def _split(line, number):
    name, equals, value = line.partition("=")
    if equals:
        return name.strip(), value.strip()
    raise ConfigError(f"line {number}: there is no '=': {line!r}")


def parse(text):
    """Settings by name. Lines that are empty or begin with # do not count."""
    settings = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, value = _split(line, number)
        if not name:
            raise ConfigError(f"line {number}: a setting needs a name")
        if name in settings:
            raise ConfigError(f"line {number}: {name!r} is set twice")
        settings[name] = _parse_value(value)
    return settings
