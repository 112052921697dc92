"""Tokens of a small expression language."""

import re
import sys
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<symbol>[-+*/()=,]))"
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    column: int


class TokenError(ValueError):
    """Text that is no token."""


def tokenize(text):
    """All tokens of ``text``, without spaces between them."""
    if "\t" in text:
        print("warning: tabs count as one column", file=sys.stderr)
    tokens = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None:
            raise TokenError(f"column {position + 1}: {text[position:].strip()[:1]!r}")
        kind = match.lastgroup
        token = Token(kind, match.group(kind), match.start(kind) + 1)
        tokens.append(token)
        position = match.end()
    return tokens


def names(text):
    """The names in an expression, each once, in order of appearance."""
    found = []
    for token in tokenize(text):
        if token.kind == "name" and token.text not in found:
            found.append(token.text)
    return found
