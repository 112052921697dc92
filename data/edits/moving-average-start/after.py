"""Averages over streams of numbers."""

from collections import deque


def moving_average(items, size):
    """The means over a window that holds ``size`` items."""
    if size < 1:
        raise ValueError("a window holds at least one item")
    window = deque()
    total = 0
    for item in items:
        if len(window) == size:
            total -= window.popleft()
        window.append(item)
        total += item
        yield total / len(window)


def cumulative_average(items):
    """The mean of all items so far, after each of them."""
    total = 0
    for count, item in enumerate(items, start=1):
        total += item
        yield total / count


def crossings(fast, slow):
    """Where the first series rises above the second: indices."""
    found = []
    above = True
    for index, (left, right) in enumerate(zip(fast, slow)):
        if left > right and not above:
            found.append(index)
        above = left > right
    return found
