"""Lists in pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    items: tuple
    number: int
    last: int

    @property
    def has_next(self):
        return self.number < self.last

    @property
    def has_previous(self):
        return self.number > 1


def page_count(total, size):
    """How many pages ``total`` items need; an empty list has one empty page."""
    if size < 1:
        raise ValueError("a page holds at least one item")
    return max(1, -(-total // size))


def paginate(items, number, size=20):
    """Page ``number`` of ``items``; the first one is number 1."""
    last = page_count(len(items), size)
    if not 1 <= number <= last:
        raise IndexError(f"there is no page {number} of {last}")
    start = (number - 1) * size
    return Page(tuple(items[start : start + size]), number, last)


def page_links(current, last, around=1):
    """The numbers to show, with None where pages are left out."""
    near = range(max(1, current - around), min(last, current + around) + 1)
    links = []
    for number in sorted({1, last, *near}):
        if links:
            left_out = number - links[-1] - 1
            if left_out == 1:
                links.append(number - 1)
            elif left_out > 1:
                links.append(None)
        links.append(number)
    return links


def describe(page, total, size):
    """Such as "21-40 of 95"."""
    if not page.items:
        return "nothing"
    first = (page.number - 1) * size + 1
    return f"{first}-{first + len(page.items) - 1} of {total}"
