"""Money as whole cents: no floats anywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Money:
    cents: int
    currency: str = "EUR"

    @classmethod
    def parse(cls, text):
        """Read "12.34 EUR" or "12 EUR"."""
        number, _, currency = text.strip().partition(" ")
        whole, _, fraction = number.partition(".")
        if len(fraction) > 2:
            raise ValueError(f"more than two decimals: {text!r}")
        cents = int(whole) * 100 + int(fraction.ljust(2, "0"))
        return cls(cents, currency or "EUR")

    def _check(self, other):
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other):
        self._check(other)
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other):
        self._check(other)
        return Money(self.cents - other.cents, self.currency)

    def times(self, factor):
        """Multiply by a whole number."""
        return Money(self.cents * factor, self.currency)

    def allocate(self, ratios):
        """Split in proportion to ``ratios``; the shares add up to the amount."""
        total = sum(ratios)
        if total == 0:
            raise ValueError("the ratios must not sum to zero")
        shares = [self.cents * ratio // total for ratio in ratios]
        left = self.cents - sum(shares)
        for index, ratio in enumerate(ratios):
            if left and ratio:
                shares[index] += 1
                left -= 1
        return [Money(share, self.currency) for share in shares]

    def __str__(self):
        sign = "-" if self.cents < 0 else ""
        whole, fraction = divmod(abs(self.cents), 100)
        return f"{sign}{whole}.{fraction:02d} {self.currency}"
