"""Values from sensors, one a line."""

import math
from collections.abc import Iterable, Iterator


class ReadingError(ValueError):
    """A line that holds no value."""


def read_values(lines: Iterable[str]) -> Iterator[float]:
    """The values in ``lines``, one by one."""
    iterator = iter(lines)
    next(iterator, None)  # the header
    for number, line in enumerate(iterator, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            raise ReadingError(f"line {number}: {text!r} is not a number") from None
        if math.isnan(value):
            continue  # the sensor was off
        yield value


def smooth(values: Iterable[float], weight: float = 0.5) -> Iterator[float]:
    """Exponential smoothing: each value moves the result by ``weight`` of the difference."""
    current = None
    for value in values:
        current = value if current is None else current + weight * (value - current)
        yield current


def summary(lines: Iterable[str]) -> dict[str, float]:
    """Count, smallest, largest and mean of the values in ``lines``."""
    values = list(read_values(lines))
    if not values:
        return {"count": 0}
    return {
        "count": len(values),
        "smallest": min(values),
        "largest": max(values),
        "mean": sum(values) / len(values),
    }
