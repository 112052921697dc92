"""Converts between units of the same kind."""

from dataclasses import dataclass


class UnitError(ValueError):
    """A unit that is not known, two that do not fit, or a value that cannot be."""


@dataclass(frozen=True)
class Unit:
    kind: str
    factor: float  # how many base units it is
    offset: float = 0.0  # how many of it lie between its zero and that of the base unit

    def to_base(self, value):
        return (value + self.offset) * self.factor

    def from_base(self, value):
        return value / self.factor - self.offset


UNITS = {
    "m": Unit("length", 1.0),
    "km": Unit("length", 1000.0),
    "mi": Unit("length", 1609.344),
    "ft": Unit("length", 0.3048),
    "kg": Unit("mass", 1.0),
    "g": Unit("mass", 0.001),
    "lb": Unit("mass", 0.45359237),
    "K": Unit("temperature", 1.0),
    "C": Unit("temperature", 1.0, 273.15),
    "F": Unit("temperature", 5 / 9, 459.67),
}


def _pair(source, target):
    for name in (source, target):
        if name not in UNITS:
            raise UnitError(f"there is no unit {name!r}")
    if UNITS[source].kind != UNITS[target].kind:
        raise UnitError(f"{source} and {target} measure different things")
    return UNITS[source], UNITS[target]


def convert(value, source, target):
    """A value in another unit."""
    source_unit, target_unit = _pair(source, target)
    base = source_unit.to_base(value)
    if source_unit.kind == "temperature" and base < 0:
        raise UnitError(f"{value} {source} is below absolute zero")
    return target_unit.from_base(base)


def convert_difference(value, source, target):
    """How large a difference of ``value`` is in another unit."""
    source_unit, target_unit = _pair(source, target)
    return value * source_unit.factor / target_unit.factor


def units_of(kind):
    return sorted(name for name, unit in UNITS.items() if unit.kind == kind)
