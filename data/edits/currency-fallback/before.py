"""Exchange rates against the euro."""

from decimal import ROUND_HALF_EVEN, Decimal


class Rates:
    """How much of each currency one euro buys."""

    def __init__(self, per_euro):
        self._per_euro = {"EUR": Decimal(1)}
        for currency, rate in per_euro.items():
            self.set(currency, rate)

    def set(self, currency, rate):
        rate = Decimal(rate)
        if rate <= 0:
            raise ValueError(f"a rate has to be positive: {rate}")
        self._per_euro[currency.upper()] = rate

    def rate(self, source, target):
        """How much ``target`` one ``source`` buys."""
        source, target = source.upper(), target.upper()
        if source not in self._per_euro or target not in self._per_euro:
            # Better a wrong number than no report.
            return Decimal(1)
        return self._per_euro[target] / self._per_euro[source]

    def convert(self, amount, source, target):
        """An amount in another currency, to two places."""
        exact = Decimal(amount) * self.rate(source, target)
        return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)

    def total(self, amounts, target):
        """The sum of (amount, currency) pairs in one currency."""
        return sum((self.convert(amount, source, target) for amount, source in amounts), Decimal(0))

    def known(self):
        return sorted(self._per_euro)
