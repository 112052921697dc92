"""Cells with numbers and formulas."""

import re

CELL = re.compile(r"[A-Z]+[0-9]+")
TOKEN = re.compile(r"\s*([A-Z]+[0-9]+|\d+(?:\.\d+)?|[-+*/()])")


class SheetError(ValueError):
    """A name or a formula that is not well formed."""


class CycleError(SheetError):
    """A formula needs itself."""

    def __init__(self, cells):
        super().__init__("a circle: " + " -> ".join(cells))
        self.cells = list(cells)


def tokenize(formula):
    tokens = []
    position = 0
    while position < len(formula.rstrip()):
        match = TOKEN.match(formula, position)
        if match is None:
            raise SheetError(f"unexpected {formula[position:].strip()!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens


class Sheet:
    """Cells that are not set count as 0."""

    def __init__(self):
        self._formulas = {}  # name -> tokens
        self._values = {}  # name -> value that was computed

    def set(self, name, formula):
        """Give a cell a formula such as "A1 + 2 * (B1 - 3)", or a number."""
        if not CELL.fullmatch(name):
            raise SheetError(f"{name!r} is not the name of a cell")
        tokens = tokenize(str(formula))
        if not tokens:
            raise SheetError(f"{name} needs a formula")
        self._formulas[name] = tokens
        self._values.clear()

    def clear(self, name):
        self._formulas.pop(name, None)
        self._values.clear()

    def names(self):
        return sorted(self._formulas)

    def needs(self, name):
        """The cells that a cell's formula names, sorted."""
        return sorted({token for token in self._formulas.get(name, []) if CELL.fullmatch(token)})

    def value(self, name):
        """The value of a cell."""
        if name not in self._values:
            tokens = self._formulas.get(name, ["0"])
            self._values[name] = self._evaluate(list(tokens))
        return self._values[name]

    def _evaluate(self, tokens):
        result = self._sum(tokens)
        if tokens:
            raise SheetError(f"unexpected {tokens[0]!r}")
        return result

    def _sum(self, tokens):
        result = self._product(tokens)
        while tokens and tokens[0] in "+-":
            sign = 1 if tokens.pop(0) == "+" else -1
            result += sign * self._product(tokens)
        return result

    def _product(self, tokens):
        result = self._atom(tokens)
        while tokens and tokens[0] in "*/":
            if tokens.pop(0) == "*":
                result *= self._atom(tokens)
            else:
                result /= self._atom(tokens)
        return result

    def _atom(self, tokens):
        if not tokens:
            raise SheetError("the formula ends too early")
        token = tokens.pop(0)
        if token == "-":
            return -self._atom(tokens)
        if token == "(":
            result = self._sum(tokens)
            if not tokens or tokens.pop(0) != ")":
                raise SheetError("a parenthesis is not closed")
            return result
        if CELL.fullmatch(token):
            return self.value(token)
        if token[0].isdigit():
            return float(token)
        raise SheetError(f"unexpected {token!r}")
