"""Reading and changing nested JSON data by path."""

import copy


def split(path):
    """The parts of a path; "\\." is a dot that belongs to a part."""
    parts = [""]
    position = 0
    while position < len(path):
        if path.startswith("\\.", position):
            parts[-1] += "."
            position += 2
        elif path[position] == ".":
            parts.append("")
            position += 1
        else:
            parts[-1] += path[position]
            position += 1
    return parts


def get(data, path, default=None):
    """The value at ``path``, or ``default``."""
    for part in split(path):
        if not isinstance(data, dict) or part not in data:
            return default
        data = data[part]
    return data


def with_value(data, path, value):
    """A copy of ``data`` with ``value`` at ``path``; objects on the way are made."""
    changed = copy.deepcopy(data)
    *parents, last = split(path)
    target = changed
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return changed


def paths(data, prefix=""):
    """The paths of everything in objects that is not an object."""
    found = []
    for name, value in data.items():
        path = prefix + name.replace(".", "\\.")
        found.extend(paths(value, path + ".") if isinstance(value, dict) else [path])
    return found
