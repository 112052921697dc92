"""Query strings of list pages."""

from dataclasses import dataclass
from urllib.parse import parse_qs

DEFAULT_LIMIT = 20
SORTABLE = ("name", "created", "size")


class QueryError(ValueError):
    """A query that makes no sense."""


@dataclass(frozen=True)
class Listing:
    limit: int
    offset: int
    sort: str
    descending: bool

    def apply(self, rows):
        """The rows of this page: dictionaries, sorted and cut."""
        ordered = sorted(rows, key=lambda row: row[self.sort], reverse=self.descending)
        return ordered[self.offset : self.offset + self.limit]


def _number(values, name, default):
    text = values.get(name, [str(default)])[-1]
    if not text.isdecimal():
        raise QueryError(f"{name} has to be a number, not {text!r}")
    return int(text)


def parse_listing(query):
    """Read a query such as "limit=5&sort=-size"."""
    values = parse_qs(query)
    limit = _number(values, "limit", DEFAULT_LIMIT)
    if limit == 0:
        raise QueryError("limit has to be at least 1")
    offset = _number(values, "offset", 0)
    sort = values.get("sort", ["name"])[-1]
    if sort.lstrip("-") not in SORTABLE:
        raise QueryError(f"cannot sort by {sort!r}")
    return Listing(limit, offset, sort.lstrip("-"), sort.startswith("-"))
