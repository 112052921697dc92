"""Results that are worth remembering."""


class MemoCache:
    """Holds at most ``capacity`` results of a function of one argument."""

    def __init__(self, function, capacity):
        if capacity < 1:
            raise ValueError("a cache holds at least one entry")
        self._function = function
        self._capacity = capacity
        self._values = {}
        self._reads = {}  # argument -> how often it was found in the cache
        self.calls = 0

    def __call__(self, argument):
        if argument in self._values:
            self._reads[argument] += 1
            return self._values[argument]
        self.calls += 1
        value = self._function(argument)
        self._make_room()
        self._values[argument] = value
        self._reads[argument] = 0
        return value

    def _make_room(self):
        """Throw an entry out if the cache is full."""
        if len(self._values) < self._capacity:
            return
        # min() takes the first of several, and dictionaries keep the order of insertion.
        least_read = min(self._reads, key=self._reads.get)
        del self._values[least_read], self._reads[least_read]

    def forget(self, argument):
        """Compute ``argument`` anew next time."""
        self._values.pop(argument, None)
        self._reads.pop(argument, None)

    def __contains__(self, argument):
        return argument in self._values

    def __len__(self):
        return len(self._values)
