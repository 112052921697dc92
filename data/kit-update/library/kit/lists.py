"""Functions over lists of whole numbers."""

__all__ = [
    "above",
    "absolute",
    "append",
    "below",
    "cap",
    "clamp",
    "count",
    "drop",
    "evens",
    "every",
    "gaps",
    "halve",
    "insert",
    "largest",
    "middle",
    "mirror",
    "negate",
    "odds",
    "pad",
    "pick",
    "remainders",
    "repeat",
    "replace",
    "reverse",
    "rotate",
    "running",
    "scale",
    "shift",
    "size",
    "smallest",
    "sort",
    "square",
    "swap",
    "take",
    "total",
    "trim",
    "unique",
    "without",
]


def _known(parameter, value, choices):
    if value not in choices:
        raise ValueError("%s is %r; it can be: %s" % (parameter, value, ", ".join(choices)))


# ---------------------------------------------------------------- choosing items


def take(values, *, count):
    """The first ``count`` items."""
    return list(values[: max(count, 0)])


def drop(values, *, count):
    """What is left without the first ``count`` items."""
    return list(values[max(count, 0) :])


def trim(values, *, margin):
    """What is left when ``margin`` items are cut off at both ends."""
    return list(values[margin : max(len(values) - margin, margin)])


def every(values, *, step):
    """Each ``step``-th item, beginning with the first."""
    return list(values[:: max(step, 1)])


def above(values, bound):
    """The items greater than ``bound``."""
    return [value for value in values if value > bound]


def below(values, *, bound):
    """The items smaller than ``bound``."""
    return [value for value in values if value < bound]


def evens(values):
    """The even items."""
    return [value for value in values if value % 2 == 0]


def odds(values):
    """The odd items."""
    return [value for value in values if value % 2]


def without(values, item):
    """The items that are not equal to ``item``."""
    return [value for value in values if value != item]


def unique(values, *, keep="first"):
    """Each item once; of equal ones the ``keep`` one stays, "first" or "last"."""
    _known("keep", keep, ("first", "last"))
    if keep == "last":
        return list(dict.fromkeys(reversed(values)))[::-1]
    return list(dict.fromkeys(values))


# -------------------------------------------------------------- arranging items


def reverse(values):
    """The items from last to first."""
    return list(values[::-1])


def mirror(values):
    """The items, followed by the same items from last to first."""
    return list(values) + list(values[::-1])


def rotate(values, steps):
    """The items moved ``steps`` places to the left, around the end."""
    if not values:
        return []
    cut = steps % len(values)
    return list(values[cut:]) + list(values[:cut])


def sort(values, *, order="up"):
    """The items sorted, "up" or "down"."""
    _known("order", order, ("up", "down"))
    return sorted(values, reverse=order == "down")


def repeat(values, *, times):
    """The whole list ``times`` times in a row."""
    return list(values) * times


def swap(values, first, second):
    """The list with the items at two positions exchanged; positions wrap around."""
    result = list(values)
    if result:
        a, b = first % len(result), second % len(result)
        result[a], result[b] = result[b], result[a]
    return result


def append(values, item):
    """The list with ``item`` at its end."""
    return [*values, item]


def insert(values, position, item):
    """The list with ``item`` put in before ``position``."""
    result = list(values)
    result.insert(position, item)
    return result


def pad(values, length, fill):
    """The list filled up with ``fill`` until it has ``length`` items."""
    return list(values) + [fill] * (length - len(values))


def replace(values, old, new):
    """The list with every ``old`` turned into ``new``."""
    return [new if value == old else value for value in values]


# --------------------------------------------------------------- changing items


def absolute(values):
    """Each item without its sign."""
    return [abs(value) for value in values]


def negate(values):
    """Each item with the opposite sign."""
    return [-value for value in values]


def square(values):
    """Each item times itself."""
    return [value * value for value in values]


def scale(values, factor):
    """Each item times ``factor``."""
    return [value * factor for value in values]


def shift(values, amount):
    """Each item plus ``amount``."""
    return [value + amount for value in values]


def halve(values, *, rounding="down"):
    """Half of each item, rounded "down" or "up" to a whole number."""
    _known("rounding", rounding, ("down", "up"))
    return [(value + (rounding == "up")) // 2 for value in values]


def remainders(values, *, divisor):
    """What is left of each item after division by ``divisor``."""
    return [value % divisor if divisor else value for value in values]


def cap(values, *, limit):
    """Each item, but at most ``limit``."""
    return [min(value, limit) for value in values]


def clamp(values, low, high):
    """Each item moved into the range from ``low`` to ``high``."""
    return [max(low, min(value, high)) for value in values]


def gaps(values):
    """The difference of each item to the one before it."""
    return [after - before for before, after in zip(values, values[1:])]


def running(values, *, mode="sum"):
    """For each item the "sum" or the "largest" of all items up to it."""
    _known("mode", mode, ("sum", "largest"))
    result = []
    for value in values:
        if not result:
            result.append(value)
        elif mode == "sum":
            result.append(result[-1] + value)
        else:
            result.append(max(result[-1], value))
    return result


# --------------------------------------------------------------- one number of all


def size(values):
    """How many items there are."""
    return len(values)


def total(values):
    """The sum of all items."""
    return sum(values)


def largest(values):
    """The greatest item; 0 where there is none."""
    return max(values, default=0)


def smallest(values):
    """The least item; 0 where there is none."""
    return min(values, default=0)


def middle(values, *, side="left"):
    """The item in the middle; of two the one on ``side``, "left" or "right"."""
    _known("side", side, ("left", "right"))
    if not values:
        return 0
    return values[(len(values) - (side == "left")) // 2]


def pick(values, *, position):
    """The item at ``position``, counted from 0 around the end; 0 where there is none."""
    return values[position % len(values)] if values else 0


def count(values, item):
    """How often ``item`` occurs."""
    return sum(value == item for value in values)
