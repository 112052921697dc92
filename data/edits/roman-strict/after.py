"""Roman numerals from 1 to 3999."""

STEPS = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
]
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def to_roman(number):
    if not 1 <= number <= 3999:
        raise ValueError(f"{number} cannot be written in Roman numerals")
    letters = []
    for value, text in STEPS:
        count, number = divmod(number, value)
        letters.append(text * count)
    return "".join(letters)


def from_roman(text):
    """The number that ``text`` stands for."""
    numeral = text.strip().upper()
    total = 0
    for letter, following in zip(numeral, numeral[1:] + " "):
        if letter not in VALUES:
            raise ValueError(f"{letter!r} is not a Roman numeral")
        value = VALUES[letter]
        total += -value if VALUES.get(following, 0) > value else value
    if not 1 <= total <= 3999 or to_roman(total) != numeral:
        raise ValueError(f"{text!r} is not a well-formed Roman numeral")
    return total


def add(left, right):
    """The sum of two numerals, as a numeral."""
    return to_roman(from_roman(left) + from_roman(right))
