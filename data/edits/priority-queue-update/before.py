"""Jobs by priority: the smallest number first, and first come, first served."""

import heapq
import itertools


class WorkQueue:
    def __init__(self):
        self._heap = []
        self._entries = {}  # name -> its valid entry in the heap
        self._arrivals = itertools.count()

    def add(self, name, priority=10):
        if name in self._entries:
            raise KeyError(f"{name!r} is already waiting")
        self._push(name, priority)

    def _push(self, name, priority):
        entry = [priority, next(self._arrivals), name]
        self._entries[name] = entry
        heapq.heappush(self._heap, entry)

    def _invalidate(self, name):
        # Taking something out of the middle of a heap is slow; pop() skips it instead.
        self._entries.pop(name)[2] = None

    def cancel(self, name):
        if name not in self._entries:
            raise KeyError(f"{name!r} is not waiting")
        self._invalidate(name)

    def pop(self):
        """The name of the next job."""
        while self._heap:
            name = heapq.heappop(self._heap)[2]
            if name is not None:
                del self._entries[name]
                return name
        raise IndexError("no job is waiting")

    def priority_of(self, name):
        return self._entries[name][0]

    def __len__(self):
        return len(self._entries)
