"""Distances between places."""

import heapq


class NoRoute(LookupError):
    """Two places are not connected."""


class RoadMap:
    def __init__(self):
        self._roads = {}

    def road(self, a, b, length):
        """A road that goes both ways; lengths are positive."""
        if length <= 0:
            raise ValueError("a road has a length")
        self._roads.setdefault(a, {})[b] = length
        self._roads.setdefault(b, {})[a] = length

    def neighbours(self, place):
        return sorted(self._roads[place])

    def shortest(self, start, goal):
        """How long the shortest way from ``start`` to ``goal`` is."""
        if start not in self._roads or goal not in self._roads:
            raise NoRoute(f"{start} or {goal} is not on the map")
        waiting = [(0, start)]
        done = set()
        while waiting:
            length, place = heapq.heappop(waiting)
            if place == goal:
                return length
            if place not in done:
                done.add(place)
                for neighbour, distance in self._roads[place].items():
                    heapq.heappush(waiting, (length + distance, neighbour))
        raise NoRoute(f"there is no way from {start} to {goal}")

    def total(self):
        """The length of all roads together."""
        return sum(sum(roads.values()) for roads in self._roads.values()) // 2
