"""The order in which files are listed."""

from pathlib import PurePosixPath

HIDDEN_PREFIX = "."


def sort_key(name):
    return (name.casefold(), name)


def sort_names(names):
    """Names in the order in which people look for them."""
    return sorted(names, key=sort_key)


def visible(names):
    return [name for name in names if not name.startswith(HIDDEN_PREFIX)]


def by_extension(names):
    """Names by their extension, in lower case and without the dot; each list is sorted."""
    groups = {}
    for name in sort_names(visible(names)):
        extension = PurePosixPath(name).suffix.lstrip(".").lower()
        groups.setdefault(extension, []).append(name)
    return groups


def columns(names, width):
    """Lines of names next to each other that are not longer than ``width``."""
    lines = []
    current = ""
    for name in sort_names(visible(names)):
        longer = f"{current}  {name}" if current else name
        if current and len(longer) > width:
            lines.append(current)
            longer = name
        current = longer
    return [*lines, current] if current else lines
