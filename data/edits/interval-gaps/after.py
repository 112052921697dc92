"""Half-open intervals: (start, end) holds start and does not hold end."""


def merge(intervals):
    """Sorted intervals that do not touch, covering the same numbers."""
    merged = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def covers(intervals, point):
    return any(start <= point < end for start, end in intervals)


def total_length(intervals):
    """How many numbers are covered; overlaps count once."""
    return sum(end - start for start, end in merge(intervals))


def gaps(intervals, start, end):
    """What of ``start``..``end`` is not covered."""
    found = []
    position = start
    for covered_start, covered_end in merge(intervals):
        if position < min(covered_start, end):
            found.append((position, min(covered_start, end)))
        position = max(position, covered_end)
    if position < end:
        found.append((position, end))
    return found


def intersect(left, right):
    """What both lists of intervals cover."""
    found = []
    for a_start, a_end in merge(left):
        for b_start, b_end in merge(right):
            start, end = max(a_start, b_start), min(a_end, b_end)
            if start < end:
                found.append((start, end))
    return found
