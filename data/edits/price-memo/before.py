"""What an order costs."""


class UnknownItem(KeyError):
    """Nobody has set a price for it."""


class PriceList:
    """Prices in cents by item; orders of ten or more of an item get it 5 % cheaper."""

    BULK = 10
    BULK_PERCENT = 5

    def __init__(self, prices=None):
        self._prices = dict(prices or {})
        self._totals = {}  # order -> total that was computed before

    def set_price(self, item, cents):
        if cents < 0:
            raise ValueError(f"a price cannot be negative: {cents}")
        self._prices[item] = cents

    def price(self, item):
        try:
            return self._prices[item]
        except KeyError:
            raise UnknownItem(item) from None

    def line(self, item, count):
        """What ``count`` of one item cost."""
        cents = self.price(item) * count
        if count >= self.BULK:
            cents -= cents * self.BULK_PERCENT // 100
        return cents

    def total(self, order):
        """What an order costs: a dictionary of items and counts."""
        key = tuple(sorted(order.items()))
        if key in self._totals:
            return self._totals[key]
        total = sum(self.line(item, count) for item, count in order.items())
        self._totals[key] = total
        return total

    def cheapest(self):
        """The item with the lowest price; the alphabet decides between equals."""
        return min(self._prices, key=lambda item: (self._prices[item], item))
