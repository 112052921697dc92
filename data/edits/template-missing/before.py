"""Text with placeholders."""

import re

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{\s*([a-z_][a-z0-9_.]*)\s*(?:\|([^{}]*))?\}")


class Template:
    """Placeholders are {name} or {user.name}; {{ and }} are plain braces."""

    def __init__(self, text):
        self.text = text

    def names(self):
        """The names that are used, each once, in order."""
        found = []
        for match in PLACEHOLDER.finditer(self.text):
            if match[1] and match[1] not in found:
                found.append(match[1])
        return found

    def render(self, values):
        """The text with ``values`` filled in."""

        def fill(match):
            if match[1] is None:
                return match[0][0]
            value = lookup(values, match[1])
            return "" if value is None else str(value)

        return PLACEHOLDER.sub(fill, self.text)


def lookup(values, path):
    """The value at a path such as "user.name"; None where there is none."""
    for name in path.split("."):
        if not isinstance(values, dict):
            return None
        values = values.get(name)
    return values


def render_all(template, rows):
    """One text a row."""
    return [Template(template).render(row) for row in rows]
