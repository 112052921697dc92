"""What lies in the warehouse."""

from dataclasses import dataclass


class WarehouseError(Exception):
    """Something that the warehouse does not do."""


class UnknownItem(WarehouseError):
    """Nothing of that number was ever there."""


class OutOfStock(WarehouseError):
    """There is not enough of it."""


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    action: str
    sku: str
    quantity: int

    def __str__(self):
        return f"{self.action} {self.quantity} x {self.sku}"


class Warehouse:
    def __init__(self):
        self._stock = {}  # sku -> pieces
        self._minimum = {}  # sku -> pieces below which it has to be ordered again
        self._reserved = {}  # (sku, order) -> pieces
        self.log = []

    @staticmethod
    def _require_positive(quantity):
        if quantity < 1:
            raise ValueError(f"a quantity is at least 1, not {quantity}")

    def _require_known(self, sku):
        if sku not in self._stock:
            raise UnknownItem(sku)

    def receive(self, sku, quantity):
        """Put pieces on the shelf."""
        self._require_positive(quantity)
        self._stock[sku] = self._stock.get(sku, 0) + quantity
        self.log.append(Entry("receive", sku, quantity))

    def set_minimum(self, sku, quantity):
        self._require_known(sku)
        self._minimum[sku] = quantity

    def stock(self, sku):
        """How many pieces are there."""
        self._require_known(sku)
        return self._stock[sku]

    def available(self, sku):
        """How many pieces nobody has reserved."""
        reserved = sum(pieces for (name, _), pieces in self._reserved.items() if name == sku)
        return self.stock(sku) - reserved

    def _require_available(self, sku, quantity):
        if quantity > self.available(sku):
            raise OutOfStock(f"{sku}: {quantity} wanted, {self.available(sku)} there")

    def reserve(self, sku, quantity, order):
        """Keep pieces for an order."""
        self._require_positive(quantity)
        self._require_available(sku, quantity)
        self._reserved[sku, order] = self._reserved.get((sku, order), 0) + quantity
        self.log.append(Entry("reserve", sku, quantity))

    def release(self, order):
        """Give free what is reserved for an order; returns how many pieces that were."""
        released = [key for key in self._reserved if key[1] == order]
        total = 0
        for key in released:
            quantity = self._reserved.pop(key)
            self.log.append(Entry("release", key[0], quantity))
            total += quantity
        return total

    def ship(self, sku, quantity, order=None):
        """Take pieces from the shelf, those that are reserved for the order first."""
        self._require_positive(quantity)
        reserved = min(quantity, self._reserved.get((sku, order), 0))
        self._require_available(sku, quantity - reserved)
        if reserved:
            self._reserved[sku, order] -= reserved
            if not self._reserved[sku, order]:
                del self._reserved[sku, order]
        self._stock[sku] -= quantity
        self.log.append(Entry("ship", sku, quantity))

    def correct(self, sku, quantity):
        """Set the stock to what was counted."""
        self._require_known(sku)
        if quantity < 0:
            raise ValueError("nobody counts less than nothing")
        self.log.append(Entry("correct", sku, quantity - self._stock[sku]))
        self._stock[sku] = quantity

    def to_order(self):
        """What has fallen below its minimum, sorted."""
        return sorted(
            sku for sku, minimum in self._minimum.items() if self.available(sku) < minimum
        )

    def report(self):
        """Lines such as "A7: 12"."""
        return [f"{sku}: {self.available(sku)}" for sku in sorted(self._stock)]


def restore(entries):
    """A warehouse with the stock that comes of received and shipped entries."""
    warehouse = Warehouse()
    for entry in entries:
        if entry.action == "receive":
            warehouse.receive(entry.sku, entry.quantity)
        elif entry.action == "ship":
            warehouse.ship(entry.sku, entry.quantity)
    return warehouse
