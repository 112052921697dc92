"""A key-value store in memory."""

MISSING = object()


class Store:
    def __init__(self):
        self._values = {}
        self._counts = {}  # value -> how many keys have it

    def get(self, key, default=None):
        return self._values.get(key, default)

    def count(self, value):
        """How many keys have this value."""
        return self._counts.get(value, 0)

    def keys(self):
        return sorted(self._values)

    def set(self, key, value):
        self._write(key, value)

    def delete(self, key):
        """Remove a key; whether it was there."""
        if key not in self._values:
            return False
        self._write(key, MISSING)
        return True

    def increase(self, key, by=1):
        """Add to a number; a key that is missing counts as 0. Returns the new number."""
        value = self.get(key, 0) + by
        self._write(key, value)
        return value

    def _write(self, key, value):
        """Set or remove a key and keep the counts right."""
        old = self._values.pop(key, MISSING)
        if old is not MISSING:
            self._counts[old] -= 1
            if not self._counts[old]:
                del self._counts[old]
        if value is not MISSING:
            self._values[key] = value
            self._counts[value] = self._counts.get(value, 0) + 1
