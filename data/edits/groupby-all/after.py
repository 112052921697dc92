"""Grouping and counting of rows."""


def group(items, key):
    """Pairs of a key and the items that have it."""
    groups = []
    for item in items:
        value = key(item)
        for known, found in groups:
            if known == value:
                found.append(item)
                break
        else:
            groups.append((value, [item]))
    return groups


def column(name):
    """A key function: the value of one column of a row."""
    return lambda row: row[name]


def count_by(rows, name):
    """How many rows there are of each value of a column."""
    return [(value, len(found)) for value, found in group(rows, column(name))]


def sum_by(rows, name, amount):
    """The sum of one column for each value of another."""
    return [
        (value, sum(row[amount] for row in found)) for value, found in group(rows, column(name))
    ]


def largest_group(items, key):
    """The items of the largest group; the first one of several."""
    return max((found for _, found in group(items, key)), key=len, default=[])
