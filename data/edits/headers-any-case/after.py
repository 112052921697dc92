"""Headers of a message."""


class Headers:
    """Names with one or more values, in the order of their first appearance."""

    def __init__(self, pairs=()):
        self._values = {}  # name in lower case -> list of values
        self._names = {}  # name in lower case -> name as it was first written
        for name, value in pairs:
            self.add(name, value)

    @staticmethod
    def _check(name, value):
        if not name or any(char in name for char in " :\r\n"):
            raise ValueError(f"{name!r} is not a header name")
        if "\r" in value or "\n" in value:
            raise ValueError(f"the value of {name!r} has a line break in it")

    def add(self, name, value):
        """Add a value to those that are there."""
        self._check(name, value)
        self._names.setdefault(name.lower(), name)
        self._values.setdefault(name.lower(), []).append(value)

    def __setitem__(self, name, value):
        """Replace all values by one."""
        self._check(name, value)
        self._names.setdefault(name.lower(), name)
        self._values[name.lower()] = [value]

    def __getitem__(self, name):
        """The first value."""
        return self._values[name.lower()][0]

    def get(self, name, default=None):
        return self[name] if name in self else default

    def get_all(self, name):
        return list(self._values.get(name.lower(), []))

    def __delitem__(self, name):
        del self._values[name.lower()]
        del self._names[name.lower()]

    def __contains__(self, name):
        return name.lower() in self._values

    def __iter__(self):
        return iter(self._names.values())

    def __len__(self):
        return len(self._values)

    def render(self):
        """Lines as they are sent."""
        return [f"{name}: {value}" for name in self for value in self.get_all(name)]
