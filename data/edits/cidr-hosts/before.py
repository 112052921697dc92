"""IPv4 networks without the ipaddress module."""

from dataclasses import dataclass


def to_number(address):
    """The number of an address such as "10.0.0.1"."""
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        raise ValueError(f"{address!r} is not an IPv4 address")
    number = 0
    for part in parts:
        number = number * 256 + int(part)
    return number


def to_text(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


@dataclass(frozen=True)
class Network:
    start: int
    prefix: int

    @classmethod
    def parse(cls, text):
        """Read "10.0.0.0/8"; bits behind the prefix are cleared."""
        address, slash, prefix = text.partition("/")
        if not slash or not prefix.isdecimal() or int(prefix) > 32:
            raise ValueError(f"{text!r} is not a network")
        size = 2 ** (32 - int(prefix))
        return cls(to_number(address) // size * size, int(prefix))

    @property
    def size(self):
        return 2 ** (32 - self.prefix)

    def __contains__(self, address):
        return self.start <= to_number(address) < self.start + self.size

    def __str__(self):
        return f"{to_text(self.start)}/{self.prefix}"

    def hosts(self):
        """The addresses of the network, one by one."""
        for number in range(self.start, self.start + self.size):
            yield to_text(number)
