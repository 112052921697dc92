"""The last few items of a stream."""


class RingBuffer:
    """Keeps the newest ``capacity`` items in a list of fixed length."""

    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._slots = [None] * capacity
        self._start = 0  # where the oldest item is
        self._length = 0

    @property
    def capacity(self):
        return len(self._slots)

    def __len__(self):
        return self._length

    def append(self, item):
        """Add ``item``; the oldest one makes room when the buffer is full."""
        end = (self._start + self._length) % self.capacity
        self._slots[end] = item
        if self._length < self.capacity:
            self._length += 1
        else:
            self._start = (self._start + 1) % self.capacity

    def popleft(self):
        """Remove and return the oldest item."""
        if not self._length:
            raise IndexError("the buffer is empty")
        item = self._slots[self._start]
        self._slots[self._start] = None
        self._start = (self._start + 1) % self.capacity
        self._length -= 1
        return item

    def to_list(self):
        """All items, oldest first."""
        return [self._slots[(self._start + i) % self.capacity] for i in range(self._length)]
