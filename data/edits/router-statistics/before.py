"""Finds the handler for a path."""

import time


class NotFound(LookupError):
    """No route matches the path."""


class Router:
    def __init__(self):
        self._routes = []  # (segments, handler)
        self._counts = {}
        self._seconds = 0.0

    def add(self, pattern, handler):
        """Routes such as "/users/{id}/posts"; the first one that matches is taken."""
        self._routes.append((self._split(pattern), handler))

    @staticmethod
    def _split(path):
        return [segment for segment in path.split("/") if segment]

    def resolve(self, path):
        """The handler for ``path`` and the values of the names in its pattern."""
        wanted = self._split(path)
        for segments, handler in self._routes:
            values = self._match(segments, wanted)
            if values is not None:
                return handler, values
        raise NotFound(path)

    @staticmethod
    def _match(segments, wanted):
        if len(segments) != len(wanted):
            return None
        values = {}
        for segment, text in zip(segments, wanted):
            if segment.startswith("{") and segment.endswith("}"):
                values[segment[1:-1]] = text
            elif segment != text:
                return None
        return values

    def call(self, path):
        """Call the handler for ``path`` with the values."""
        began = time.perf_counter()
        self._counts[path] = self._counts.get(path, 0) + 1
        handler, values = self.resolve(path)
        result = handler(**values)
        self._seconds += time.perf_counter() - began
        return result

    def stats(self):
        """How often each path was asked for, and the seconds spent."""
        return dict(self._counts), self._seconds
