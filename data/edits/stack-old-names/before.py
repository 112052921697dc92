"""A stack that remembers how high it was."""

import warnings


def _renamed(old, new):
    """A method that warns and calls the one that took its place."""

    def method(self, *values):
        warnings.warn(f"{old} is called {new} now", DeprecationWarning, stacklevel=2)
        return getattr(self, new)(*values)

    return method


class Stack:
    def __init__(self, items=()):
        self._items = list(items)
        self.highest = len(self._items)

    def push(self, item):
        self._items.append(item)
        self.highest = max(self.highest, len(self._items))

    def pop(self):
        if self.is_empty():
            raise IndexError("the stack is empty")
        return self._items.pop()

    def top(self):
        """The item that would come next, left where it is."""
        if self.is_empty():
            raise IndexError("the stack is empty")
        return self._items[-1]

    def is_empty(self):
        return not self._items

    def __len__(self):
        return len(self._items)

    pushItem = _renamed("pushItem", "push")
    popItem = _renamed("popItem", "pop")
    isEmpty = _renamed("isEmpty", "is_empty")
    topItem = _renamed("topItem", "top")
