"""What people say when they mean a function of kit: a table, and nothing else.

Every verb goes with every frame. ``{x}`` is what the function is applied to, other
braces are its options. ``unseen`` is a way of saying it that no training text uses;
its words all occur elsewhere. ``other`` belongs to functions with a default: the value
of the option that is not the default, and frames that ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["PHRASES", "Phrases"]


class Phrases(NamedTuple):
    """How one function is asked for. Kinds: L list of numbers, N number, S text, W words."""

    takes: str
    gives: str
    verbs: tuple[str, ...]
    frames: tuple[str, ...]
    unseen: str
    values: Mapping[str, tuple[int | str, ...]] = MappingProxyType({})
    other: tuple[str, tuple[str, ...]] | None = None


def _span(low: int, high: int) -> tuple[int, ...]:
    return tuple(range(low, high + 1))


_TAKE = ("take", "keep", "get")
_DROP = ("drop", "remove", "leave out")
_CHANGE = ("change", "turn", "make")
_FIND = ("find", "get", "return")
_HEADS = ("re", "un", "pre", "sub", "out", "co", "ex", "my")
_LEFT = ("<", "[", "{", "(", "*", "~")
_RIGHT = (">", "]", "}", ")", "+", "!")
_VOWELS = ("a", "e", "i", "o")
_SIGNS = ("x", "z", "_", "*", "#")

PHRASES: dict[str, Phrases] = {
    # ------------------------------------------------------------ lists: choosing
    "take": Phrases(
        "L", "L", _TAKE,
        ("the first {count} items of {x}", "{count} items from the start of {x}",
         "the leading {count} items of {x}", "only the first {count} items of {x}",
         "{count} items at the front of {x}"),
        "the {count} leading items from the front of {x}",
        {"count": _span(1, 5)},
    ),
    "drop": Phrases(
        "L", "L", _DROP,
        ("the first {count} items of {x}", "{count} items from the start of {x}",
         "the leading {count} items of {x}", "{count} items at the front of {x}"),
        "the {count} leading items from the front of {x}",
        {"count": _span(1, 4)},
    ),
    "trim": Phrases(
        "L", "L", ("trim", "cut off", "strip"),
        ("{margin} items at both ends of {x}", "{margin} items from each end of {x}",
         "{x} by {margin} items on both sides", "{x} by {margin} at each end"),
        "{margin} items on both sides of {x}",
        {"margin": _span(1, 2)},
    ),
    "every": Phrases(
        "L", "L", ("take", "keep", "sample"),
        ("each item of {x} at a distance of {step}", "one of every {step} items of {x}",
         "one item in {step} from {x}", "items of {x} in steps of {step}"),
        "one of {step} items in {x}",
        {"step": _span(2, 4)},
    ),
    "above": Phrases(
        "L", "L", _TAKE,
        ("the items of {x} above {bound}", "all items of {x} greater than {bound}",
         "what is more than {bound} in {x}", "the items of {x} that exceed {bound}"),
        "all items in {x} that are above {bound}",
        {"bound": _span(0, 9)},
    ),
    "below": Phrases(
        "L", "L", _TAKE,
        ("the items of {x} below {bound}", "all items of {x} smaller than {bound}",
         "what is less than {bound} in {x}", "the items of {x} under {bound}"),
        "all items in {x} that are below {bound}",
        {"bound": _span(2, 12)},
    ),
    "evens": Phrases(
        "L", "L", _TAKE,
        ("the even items of {x}", "only what is even in {x}", "all even items of {x}",
         "the items of {x} that two divides"),
        "the items of {x} that are even",
    ),
    "odds": Phrases(
        "L", "L", _TAKE,
        ("the odd items of {x}", "only what is odd in {x}", "all odd items of {x}",
         "the items of {x} that two does not divide"),
        "the items of {x} that are odd",
    ),
    "without": Phrases(
        "L", "L", _DROP,
        ("every {item} in {x}", "all items of {x} equal to {item}",
         "each {item} from {x}", "what equals {item} in {x}"),
        "all items that equal {item} from {x}",
        {"item": _span(0, 9)},
    ),
    "unique": Phrases(
        "L", "L", ("drop", "remove", "merge"),
        ("duplicates in {x}", "repeated items of {x}", "all duplicates from {x}",
         "the items of {x} that came before"),
        "all repeated items in {x}",
        other=("last", ("all but the last of equal items in {x}",
                        "duplicates in {x} keeping the last")),
    ),
    # ----------------------------------------------------------- lists: arranging
    "reverse": Phrases(
        "L", "L", ("reverse", "turn around", "invert"),
        ("{x}", "the order of {x}", "the items of {x}", "the list {x}"),
        "the order of the items of {x}",
    ),
    "mirror": Phrases(
        "L", "L", ("mirror", "reflect", "unfold"),
        ("{x}", "{x} at its end", "the list {x}", "the items of {x}"),
        "the items of {x} at its end",
    ),
    "rotate": Phrases(
        "L", "L", ("rotate", "turn", "cycle"),
        ("{x} by {steps} places", "{x} left by {steps}", "the items of {x} by {steps}",
         "{x} {steps} places to the left"),
        "the items of {x} {steps} places left",
        {"steps": _span(1, 5)},
    ),
    "sort": Phrases(
        "L", "L", ("sort", "order", "arrange"),
        ("{x}", "the items of {x}", "{x} by size", "the list {x}"),
        "the items of {x} by size",
        other=("down", ("{x} downwards", "{x} from high to low", "{x} in falling order")),
    ),
    "repeat": Phrases(
        "L", "L", ("repeat", "write", "chain"),
        ("{x} {times} times", "the list {x} {times} times", "{times} copies of {x}",
         "all of {x} {times} times"),
        "{times} copies of the list {x}",
        {"times": _span(2, 4)},
    ),
    "swap": Phrases(
        "L", "L", ("swap", "exchange", "switch"),
        ("positions {first} and {second} of {x}", "the items of {x} at {first} and {second}",
         "the items at {first} and {second} in {x}", "places {first} and {second} in {x}"),
        "the items of {x} at positions {first} and {second}",
        {"first": _span(0, 2), "second": _span(3, 5)},
    ),
    "append": Phrases(
        "L", "L", ("append", "attach", "write"),
        ("{item} to {x}", "{item} at the end of {x}", "a final {item} to {x}",
         "{item} behind {x}"),
        "{item} behind the end of {x}",
        {"item": _span(0, 20)},
    ),
    "insert": Phrases(
        "L", "L", ("insert", "put", "place"),
        ("{item} into {x} at position {position}", "{item} at position {position} of {x}",
         "{item} before position {position} in {x}", "into {x} at {position} the item {item}"),
        "{item} into {x} before position {position}",
        {"position": _span(0, 4), "item": _span(5, 20)},
    ),
    "pad": Phrases(
        "L", "L", ("pad", "fill", "extend"),
        ("{x} with {fill} to {length} items", "{x} to length {length} with {fill}",
         "{x} up to {length} items using {fill}", "{x} using {fill} until it has {length} items"),
        "{x} up to length {length} using {fill}",
        {"length": _span(9, 14), "fill": _span(0, 8)},
    ),
    "replace": Phrases(
        "L", "L", ("replace", "change", "turn"),
        ("every {old} in {x} by {new}", "each {old} of {x} into {new}",
         "in {x} all {old} into {new}", "the {old} in {x} to {new}"),
        "all {old} of {x} by {new}",
        {"old": _span(0, 9), "new": _span(10, 20)},
    ),
    # ------------------------------------------------------------ lists: changing
    "absolute": Phrases(
        "L", "L", _CHANGE,
        ("{x} into absolute values", "the items of {x} absolute",
         "{x} to its absolute values", "all signs of {x} positive"),
        "all items of {x} into absolute values",
    ),
    "negate": Phrases(
        "L", "L", ("negate", "flip the sign of", "reverse the sign of"),
        ("{x}", "the items of {x}", "all items of {x}", "every item of {x}"),
        "every item in the list {x}",
    ),
    "square": Phrases(
        "L", "L", ("square", "compute the square of", "raise to two"),
        ("{x}", "the items of {x}", "all items of {x}", "every item of {x}"),
        "every item in the list {x}",
    ),
    "scale": Phrases(
        "L", "L", ("multiply", "scale"),
        ("{x} by {factor}", "the items of {x} by {factor}", "all of {x} by a factor of {factor}",
         "each item of {x} with {factor}", "{x} with the factor {factor}"),
        "the items of {x} with the factor {factor}",
        {"factor": _span(2, 9)},
    ),
    "shift": Phrases(
        "L", "L", ("add", "sum up"),
        ("{amount} to {x}", "{amount} to each item of {x}", "{amount} and every item of {x}",
         "{amount} onto the items of {x}", "{amount} onto all of {x}"),
        "{amount} onto each item of {x}",
        {"amount": _span(1, 20)},
    ),
    "halve": Phrases(
        "L", "L", ("halve", "divide by two"),
        ("{x}", "the items of {x}", "all of {x}", "every item of {x}", "the list {x}"),
        "all items of {x}",
        other=("up", ("{x} rounding up", "the items of {x} rounded up", "{x} and round up")),
    ),
    "remainders": Phrases(
        "L", "L", ("compute", "take", "find"),
        ("the items of {x} modulo {divisor}", "{x} modulo {divisor}",
         "the remainders of {x} by {divisor}", "the rest of {x} divided by {divisor}"),
        "the remainders of {x} modulo {divisor}",
        {"divisor": _span(2, 7)},
    ),
    "cap": Phrases(
        "L", "L", ("cap", "limit", "bound"),
        ("{x} at {limit}", "the items of {x} to at most {limit}", "{x} from above by {limit}",
         "{x} to a maximum of {limit}"),
        "the items of {x} at a maximum of {limit}",
        {"limit": _span(1, 12)},
    ),
    "clamp": Phrases(
        "L", "L", ("clamp", "force", "move"),
        ("{x} between {low} and {high}", "the items of {x} into {low} to {high}",
         "{x} to at least {low} and at most {high}", "{x} into the range {low} to {high}"),
        "the items of {x} between {low} and {high}",
        {"low": _span(0, 5), "high": _span(6, 14)},
    ),
    "gaps": Phrases(
        "L", "L", ("compute", "list", "find"),
        ("the gaps of {x}", "the differences in {x}", "the gaps between items of {x}",
         "the differences between neighbours in {x}"),
        "the gaps between neighbours in {x}",
    ),
    "running": Phrases(
        "L", "L", ("compute", "list", "find"),
        ("the running sums of {x}", "all partial sums of {x}", "the cumulative sums of {x}",
         "the sums of {x} up to each item"),
        "the partial sums of {x} up to each item",
        other=("largest", ("the running maximum of {x}", "the record items of {x} so far")),
    ),
    # ----------------------------------------------------- lists: one number of all
    "size": Phrases(
        "L", "N", _FIND,
        ("the size of {x}", "the number of items in {x}", "how many items {x} has",
         "the length of {x}"),
        "how many items are in {x}",
    ),
    "total": Phrases(
        "L", "N", _FIND,
        ("the total of {x}", "the sum of {x}", "the sum of all items of {x}",
         "what {x} adds up to"),
        "the total of all items of {x}",
    ),
    "largest": Phrases(
        "L", "N", _FIND,
        ("the largest item of {x}", "the maximum of {x}", "the greatest item in {x}",
         "the highest of {x}"),
        "the highest item in {x}",
    ),
    "smallest": Phrases(
        "L", "N", _FIND,
        ("the smallest item of {x}", "the minimum of {x}", "the least item in {x}",
         "the lowest of {x}"),
        "the lowest item in {x}",
    ),
    "middle": Phrases(
        "L", "N", _FIND,
        ("the middle of {x}", "the middle item of {x}", "the item in the middle of {x}",
         "the centre of {x}"),
        "the item at the centre of {x}",
        other=("right", ("the right middle of {x}", "the middle item of {x} on the right")),
    ),
    "pick": Phrases(
        "L", "N", ("pick", "select", "look up"),
        ("item {position} of {x}", "the item at position {position} of {x}",
         "from {x} the item at {position}", "position {position} in {x}"),
        "the item of {x} at position {position}",
        {"position": _span(0, 4)},
    ),
    "count": Phrases(
        "L", "N", ("count", "tally", "find"),
        ("how often {item} is in {x}", "the number of times {item} occurs in {x}",
         "how many times {x} has {item}", "how often {x} contains {item}"),
        "how many times {item} occurs in {x}",
        {"item": _span(0, 9)},
    ),
    # -------------------------------------------------------------------- numbers
    "minus": Phrases(
        "N", "N", ("subtract", "take away"),
        ("{amount} from {x}", "the amount {amount} from {x}", "from {x} the number {amount}",
         "exactly {amount} from {x}"),
        "from {x} the amount {amount}",
        {"amount": _span(1, 20)},
    ),
    "power": Phrases(
        "N", "N", ("raise", "take", "compute"),
        ("{x} to the power {exponent}", "{x} with exponent {exponent}",
         "the power {exponent} of {x}", "{x} to power {exponent}"),
        "the power of {x} with exponent {exponent}",
        {"exponent": _span(2, 4)},
    ),
    "snap": Phrases(
        "N", "N", ("snap", "round down", "lower"),
        ("{x} to a multiple of {step}", "{x} to steps of {step}", "{x} to the grid of {step}",
         "{x} onto multiples of {step}"),
        "{x} onto the grid of {step}",
        {"step": _span(2, 10)},
    ),
    "digits": Phrases(
        "N", "L", ("list", "get", "find"),
        ("the digits of {x}", "all digits of {x}", "the decimal digits of {x}",
         "each digit of {x}"),
        "all decimal digits of {x}",
    ),
    "countdown": Phrases(
        "N", "L", ("count down", "list downwards"),
        ("from {x}", "from {x} to one", "the numbers from {x}", "starting at {x}"),
        "the numbers starting at {x}",
        other=("zero", ("from {x} to zero", "starting at {x} down to zero")),
    ),
    # -------------------------------------------------------------------- strings
    "shout": Phrases(
        "S", "S", ("shout", "call out", "exclaim"),
        ("{x}", "the text {x}", "{x} loudly", "the words of {x}"),
        "the text {x} loudly",
    ),
    "flip": Phrases(
        "S", "S", ("flip", "spell backwards", "write backwards"),
        ("{x}", "the text {x}", "the letters of {x}", "all characters of {x}"),
        "all letters of {x}",
    ),
    "initials": Phrases(
        "S", "S", ("collect", "get", "return"),
        ("the initials of {x}", "the first letters of the words in {x}",
         "the first letter of each word of {x}", "the initials in {x}"),
        "the first letters of each word in {x}",
    ),
    "prefix": Phrases(
        "S", "S", ("put", "write", "place"),
        ("{head} in front of {x}", "{head} before {x}", "the prefix {head} to {x}",
         "{head} at the start of {x}"),
        "the prefix {head} in front of {x}",
        {"head": _HEADS},
    ),
    "frame": Phrases(
        "S", "S", ("frame", "enclose", "wrap"),
        ("{x} in {left} and {right}", "{x} between {left} and {right}",
         "{x} with {left} on the left and {right} on the right",
         "the text {x} in {left} and {right}"),
        "the text {x} between {left} and {right}",
        {"left": _LEFT, "right": _RIGHT},
    ),
    "mask": Phrases(
        "S", "S", ("mask", "overwrite", "substitute"),
        ("every {old} in {x} with {new}", "all {old} of {x} with {new}",
         "in {x} each {old} with {new}", "the letter {old} in {x} with {new}"),
        "in {x} the letter {old} with {new}",
        {"old": _VOWELS, "new": _SIGNS},
    ),
    "quote": Phrases(
        "S", "S", ("quote", "cite"),
        ("{x}", "the text {x}", "{x} in quotes", "all of {x}", "{x} with marks"),
        "the text {x} in quotes",
        other=("double", ("{x} in double quotes", "{x} with double marks")),
    ),
    "stretch": Phrases(
        "S", "S", ("stretch", "expand", "widen"),
        ("each character of {x} {times} times", "{x} by a factor of {times}",
         "every letter of {x} to {times}", "the letters of {x} {times} times"),
        "every character of {x} {times} times",
        {"times": _span(2, 4)},
    ),
    "cut": Phrases(
        "S", "S", ("cut", "shorten", "truncate"),
        ("{x} to {width} characters", "{x} after {width} characters", "{x} to width {width}",
         "the text {x} to {width} letters"),
        "the text {x} after {width} letters",
        {"width": _span(3, 9)},
    ),
    "widen": Phrases(
        "S", "S", ("fill up", "pad", "complete"),
        ("{x} with dots to {width} characters", "the text {x} to {width} characters",
         "{x} with dots to width {width}", "the text {x} with dots to {width}"),
        "the text {x} with dots to width {width}",
        {"width": _span(14, 20)},
    ),
    "letters": Phrases(
        "S", "N", ("count", "tally"),
        ("the letters of {x}", "all letters in {x}", "how many letters {x} has",
         "the number of letters in {x}"),
        "how many letters are in {x}",
    ),
    "vowels": Phrases(
        "S", "N", ("count", "tally"),
        ("the vowels of {x}", "all vowels in {x}", "how many vowels {x} has",
         "the number of vowels in {x}"),
        "how many vowels are in {x}",
    ),
    "split": Phrases(
        "S", "W", ("split", "break"),
        ("{x}", "{x} into words", "{x} into parts", "the text {x}", "the text {x} into words"),
        "the text {x} into parts",
        other=("comma", ("{x} at commas", "{x} at each comma", "the text {x} at commas")),
    ),
    "join": Phrases(
        "W", "S", ("join", "combine", "glue"),
        ("{x}", "the words {x}", "all words of {x}", "{x} into one text", "the words in {x}"),
        "all words in {x} into one text",
        other=("comma", ("{x} with commas", "{x} by comma", "the words {x} with commas")),
    ),
}  # fmt: skip
