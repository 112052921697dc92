"""A shopping cart."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


def rounded(amount):
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass
class Item:
    name: str
    price: Decimal
    count: int = 1

    @property
    def amount(self):
        return rounded(self.price * self.count)


class Cart:
    def __init__(self, discount=0):
        """``discount`` is a percentage on everything but shipping."""
        if not 0 <= discount <= 100:
            raise ValueError("a discount is a percentage")
        self.discount = discount
        self.items = []

    def add(self, name, price, count=1):
        """Put something into the cart; the same name and price again adds to the count."""
        if isinstance(price, float):
            raise TypeError(f"a price is exact: text, Decimal or int, not {price!r}")
        price = Decimal(price)
        if price < 0 or count < 1:
            raise ValueError("neither free money nor negative counts")
        for item in self.items:
            if (item.name, item.price) == (name, price):
                item.count += count
                return
        self.items.append(Item(name, price, count))

    def subtotal(self):
        return rounded(sum((item.amount for item in self.items), Decimal(0)))

    def reduction(self):
        """What the discount takes off."""
        return rounded(self.subtotal() * self.discount / 100)

    def shipping(self):
        """Free from 50 on, and for an empty cart."""
        if not self.items or self.subtotal() >= 50:
            return Decimal("0.00")
        return Decimal("4.90")

    def total(self):
        return rounded(self.subtotal() - self.reduction() + self.shipping())
