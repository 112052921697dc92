"""Functions over strings, and over lists of words."""

__all__ = [
    "cut",
    "flip",
    "frame",
    "initials",
    "join",
    "letters",
    "mask",
    "prefix",
    "quote",
    "shout",
    "split",
    "stretch",
    "vowels",
    "widen",
]


def _known(parameter, value, choices):
    if value not in choices:
        raise ValueError("%s is %r; it can be: %s" % (parameter, value, ", ".join(choices)))


def shout(text):
    """The text in capitals, with an exclamation mark."""
    return text.upper() + "!"


def flip(text):
    """The text from its last character to its first."""
    return text[::-1]


def initials(text):
    """The first character of each word, as one string."""
    return "".join(word[0] for word in text.split())


def prefix(text, head):
    """The text with ``head`` in front."""
    return head + text


def frame(text, left, right):
    """The text between ``left`` and ``right``."""
    return left + text + right


def mask(text, old, new):
    """The text with every ``old`` turned into ``new``."""
    return text.replace(old, new) if old else text


def quote(text, *, mark="single"):
    """The text in quotation marks, "single" or "double" ones."""
    _known("mark", mark, ("single", "double"))
    sign = "'" if mark == "single" else '"'
    return sign + text + sign


def stretch(text, *, times):
    """Each character ``times`` times in a row."""
    return "".join(character * times for character in text)


def cut(text, *, width):
    """The text, cut off after ``width`` characters."""
    return text[: max(width, 0)]


def widen(text, *, width):
    """The text, filled up with dots until it has ``width`` characters."""
    return text.ljust(width, ".")


def letters(text):
    """How many letters the text has."""
    return sum(character.isalpha() for character in text)


def vowels(text):
    """How many vowels the text has."""
    return sum(character in "aeiouAEIOU" for character in text)


def split(text, *, at="space"):
    """The parts of the text, split at each "space" or "comma"."""
    _known("at", at, ("space", "comma"))
    return text.split(" " if at == "space" else ",")


def join(words, *, style="space"):
    """The words as one string, with a "space" or a "comma" between them."""
    _known("style", style, ("space", "comma"))
    return (" " if style == "space" else ",").join(words)
