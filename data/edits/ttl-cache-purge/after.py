"""A cache whose entries expire."""

import time


class TTLCache:
    """Keeps values for ``ttl`` seconds; ``clock`` can be replaced in tests."""

    def __init__(self, ttl, clock=time.monotonic):
        if ttl <= 0:
            raise ValueError("ttl must be positive")
        self._ttl = ttl
        self._clock = clock
        self._entries = {}
        self.hits = 0
        self.misses = 0

    def put(self, key, value):
        self._entries[key] = (value, self._clock() + self._ttl)

    def get(self, key, default=None):
        """The value of ``key``; an entry whose time has come counts as missing."""
        entry = self._entries.get(key)
        if entry is None or self._expired(entry):
            self._entries.pop(key, None)
            self.misses += 1
            return default
        self.hits += 1
        return entry[0]

    def purge(self):
        """Remove what has expired; returns how many entries that were."""
        expired = [key for key, entry in self._entries.items() if self._expired(entry)]
        for key in expired:
            del self._entries[key]
        return len(expired)

    def _expired(self, entry):
        return self._clock() >= entry[1]

    def __len__(self):
        """How many entries are stored, expired ones included."""
        return len(self._entries)
