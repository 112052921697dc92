"""Brackets in source text."""

PAIRS = {")": "(", "]": "[", "}": "{"}
OPENING = frozenset(PAIRS.values())


def without_strings(text):
    """The text with everything in double quotes replaced by spaces; positions stay."""
    result = []
    quoted = False
    escaped = False
    for char in text:
        if quoted:
            result.append(" ")
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
            result.append(" ")
        else:
            result.append(char)
    return "".join(result)


def check(text):
    """The index of the first bracket outside of strings without a partner; None if all have one."""
    open_brackets = []
    for index, char in enumerate(without_strings(text)):
        if char in OPENING:
            open_brackets.append((index, char))
        elif char in PAIRS:
            if not open_brackets or open_brackets.pop()[1] != PAIRS[char]:
                return index
    return open_brackets[-1][0] if open_brackets else None


def depth(text):
    """How deeply brackets are nested at most."""
    deepest = level = 0
    for char in without_strings(text):
        level += (char in OPENING) - (char in PAIRS)
        deepest = max(deepest, level)
    return deepest
