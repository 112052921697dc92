"""Invoices with exact decimals."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(amount):
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Line:
    text: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)  # a fraction, 0.1 is 10 %

    def amount(self):
        value = self.quantity * self.unit_price
        value *= 1 - self.discount
        value = rounded(value)
        return value


@dataclass
class Invoice:
    tax_rate: Decimal
    lines: list = field(default_factory=list)

    def add(self, text, quantity, unit_price, discount="0"):
        self.lines.append(Line(text, Decimal(quantity), Decimal(unit_price), Decimal(discount)))

    def _exact_net(self):
        return sum((line.amount() for line in self.lines), Decimal(0))

    def net(self):
        return rounded(self._exact_net())

    def tax(self):
        return rounded(self._exact_net() * self.tax_rate)

    def gross(self):
        """Net and tax as they are shown, so that the invoice adds up."""
        return self.net() + self.tax()
