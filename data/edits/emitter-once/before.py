"""Listeners for named events."""


class Emitter:
    def __init__(self):
        self._listeners = {}  # name -> list of (listener, only_once)

    def on(self, name, listener):
        """Call ``listener`` for every event ``name``."""
        self._listeners.setdefault(name, []).append((listener, False))

    def off(self, name, listener):
        """Remove ``listener``; whether it was there."""
        entries = self._listeners.get(name, [])
        for entry in entries:
            if entry[0] == listener:
                entries.remove(entry)
                return True
        return False

    def emit(self, name, *values):
        """Call the listeners in the order in which they were added; returns how many."""
        entries = list(self._listeners.get(name, []))
        for entry in entries:
            listener, only_once = entry
            if only_once:
                self._listeners[name].remove(entry)
            listener(*values)
        return len(entries)

    def count(self, name):
        return len(self._listeners.get(name, []))

    def names(self):
        """The names that anybody listens to."""
        return sorted(name for name, entries in self._listeners.items() if entries)
