"""Evaluates arithmetic: numbers, + - * / and parentheses."""

import re

TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[-+*/()])")


class CalculatorError(ValueError):
    """Text that is no formula."""


def tokenize(text):
    tokens = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise CalculatorError(f"unexpected {text[position:].strip()[0]!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens


class Parser:
    """Computes while it reads, one method for each level of binding."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.position = 0

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self):
        token = self.peek()
        self.position += 1
        return token

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.signed()
        while self.peek() in ("*", "/"):
            value = value * self.signed() if self.take() == "*" else value / self.signed()
        return value

    def signed(self):
        if self.peek() == "-":
            self.take()
            return -self.signed()
        return self.atom()

    def atom(self):
        token = self.take()
        if token == "(":
            value = self.sum()
            if self.take() != ")":
                raise CalculatorError("a parenthesis is not closed")
            return value
        if not token[:1].isdigit():
            raise CalculatorError(f"a number is missing before {token or 'the end'!r}")
        return float(token)


def calculate(text):
    parser = Parser(tokenize(text))
    value = parser.sum()
    if parser.peek():
        raise CalculatorError(f"unexpected {parser.peek()!r}")
    return value
