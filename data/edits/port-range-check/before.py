"""Where a server listens, as people write it on the command line."""

from dataclasses import dataclass

DEFAULT_PORT = 8080


class AddressError(ValueError):
    """Text that is no address."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text):
    """Read "host", "host:port", ":port", "[v6]" or "[v6]:port"."""
    text = text.strip()
    if not text:
        raise AddressError("an address cannot be empty")
    if text.startswith("["):
        host, closing, rest = text[1:].partition("]")
        if not closing or (rest and not rest.startswith(":")):
            raise AddressError(f"a bracket is not closed: {text!r}")
        port_text = rest[1:]
    else:
        host, _, port_text = text.partition(":")
    if not port_text:
        return Address(host or "localhost", DEFAULT_PORT)
    if not port_text.isdecimal():
        raise AddressError(f"{port_text!r} is not a port")
    return Address(host or "localhost", int(port_text))


def parse_all(texts):
    """Read several addresses; the same one twice is an error."""
    found = []
    for text in texts:
        address = parse_address(text)
        if address in found:
            raise AddressError(f"{address} is given twice")
        found.append(address)
    return found
