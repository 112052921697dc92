"""Nested lists."""


def flatten(items):
    """All items in nested lists and tuples, as one list."""
    flat = []
    for item in items:
        if isinstance(item, (list, tuple)):
            flat.extend(flatten(item))
        else:
            flat.append(item)
    return flat


def depth_of(items):
    """How deeply lists and tuples are nested; a flat list has depth 1."""
    inner = [depth_of(item) for item in items if isinstance(item, (list, tuple))]
    return 1 + max(inner, default=0)


def map_nested(function, items):
    """The same nesting with ``function`` of every item; tuples become lists."""
    return [
        map_nested(function, item) if isinstance(item, (list, tuple)) else function(item)
        for item in items
    ]


def outline(items, indent=0):
    """One line an item, indented by its depth."""
    lines = []
    for item in items:
        if isinstance(item, (list, tuple)):
            lines.extend(outline(item, indent + 1))
        else:
            lines.append("  " * indent + str(item))
    return lines


def chunked(items, size):
    """The reverse of flattening one level: lists of ``size`` items."""
    if size < 1:
        raise ValueError("a chunk has at least one item")
    return [items[start : start + size] for start in range(0, len(items), size)]
