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
    """Whether every bracket outside of strings has its partner."""
    open_brackets = []
    for char in without_strings(text):
        if char in OPENING:
            open_brackets.append(char)
        elif char in PAIRS:
            if not open_brackets or open_brackets.pop() != PAIRS[char]:
                return False
    return not open_brackets


def depth(text):
    """How deeply brackets are nested at most."""
    deepest = level = 0
    for char in without_strings(text):
        level += (char in OPENING) - (char in PAIRS)
        deepest = max(deepest, level)
    return deepest
