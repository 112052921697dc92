"""Converts between units of the same kind."""

from dataclasses import dataclass


class UnitError(ValueError):
    """A unit that is not known, or two that do not fit."""


@dataclass(frozen=True)
class Unit:
    kind: str
    factor: float  # how many base units it is

    def to_base(self, value):
        return value * self.factor

    def from_base(self, value):
        return value / self.factor


UNITS = {
    "m": Unit("length", 1.0),
    "km": Unit("length", 1000.0),
    "mi": Unit("length", 1609.344),
    "ft": Unit("length", 0.3048),
    "kg": Unit("mass", 1.0),
    "g": Unit("mass", 0.001),
    "lb": Unit("mass", 0.45359237),
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
    return target_unit.from_base(base)


def convert_difference(value, source, target):
    """How large a difference of ``value`` is in another unit."""
    return convert(value, source, target)


def units_of(kind):
    return sorted(name for name, unit in UNITS.items() if unit.kind == kind)
