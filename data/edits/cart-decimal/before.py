"""A shopping cart."""

from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float
    count: int = 1

    @property
    def amount(self):
        return round(self.price * self.count, 2)


class Cart:
    def __init__(self, discount=0):
        """``discount`` is a percentage on everything but shipping."""
        if not 0 <= discount <= 100:
            raise ValueError("a discount is a percentage")
        self.discount = discount
        self.items = []

    def add(self, name, price, count=1):
        """Put something into the cart; the same name and price again adds to the count."""
        price = float(price)
        if price < 0 or count < 1:
            raise ValueError("neither free money nor negative counts")
        for item in self.items:
            if (item.name, item.price) == (name, price):
                item.count += count
                return
        self.items.append(Item(name, price, count))

    def subtotal(self):
        return round(sum(item.amount for item in self.items), 2)

    def reduction(self):
        """What the discount takes off."""
        return round(self.subtotal() * self.discount / 100, 2)

    def shipping(self):
        """Free from 50 on, and for an empty cart."""
        if not self.items or self.subtotal() >= 50:
            return 0.0
        return 4.90

    def total(self):
        return round(self.subtotal() - self.reduction() + self.shipping(), 2)
