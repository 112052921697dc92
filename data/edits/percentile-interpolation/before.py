"""Figures about response times."""


class NoData(ValueError):
    """There is nothing to compute from."""


def percentile(values, p):
    """The value below which ``p`` percent of ``values`` lie."""
    if not 0 <= p <= 100:
        raise ValueError(f"{p} is not a percentage")
    ordered = sorted(values)
    if not ordered:
        raise NoData("no values")
    index = round(p / 100 * (len(ordered) - 1))
    return ordered[index]


def median(values):
    return percentile(values, 50)


def spread(values):
    """The distance between the quartiles."""
    return percentile(values, 75) - percentile(values, 25)


def histogram(values, width):
    """How many values lie in each bucket of ``width``: {start of bucket: count}."""
    counts = {}
    for value in sorted(values):
        start = value // width * width
        counts[start] = counts.get(start, 0) + 1
    return counts


def report(times):
    """Lines such as "p95: 120.0 ms"."""
    lines = [f"count: {len(times)}"]
    for p in (50, 95, 99):
        lines.append(f"p{p}: {percentile(times, p):.1f} ms")
    return lines
