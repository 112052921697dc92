"""Events in a calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Event:
    title: str
    start: datetime
    end: datetime

    def __post_init__(self):
        if self.end <= self.start:
            raise ValueError(f"{self.title!r} ends before it starts")

    @property
    def length(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end

    def moved(self, by):
        return Event(self.title, self.start + by, self.end + by)

    def format(self):
        return f"{self.start:%Y-%m-%d %H:%M} - {self.end:%Y-%m-%d %H:%M} {self.title}"


def _parse_time(text):
    return datetime.fromisoformat(text.strip())


def parse_event(line):
    """Read "START | END | TITLE" or "START | MINUTES | TITLE"."""
    start_text, end_text, title = (part.strip() for part in line.split("|", 2))
    start = _parse_time(start_text)
    if end_text.isdecimal():
        end = start + timedelta(minutes=int(end_text))
    else:
        end = _parse_time(end_text)
    return Event(title, start, end)


def conflicts(events):
    """Pairs of titles of events that overlap, in order of their start."""
    ordered = sorted(events, key=lambda event: (event.start, event.title))
    return [
        (first.title, second.title)
        for index, first in enumerate(ordered)
        for second in ordered[index + 1 :]
        if first.overlaps(second)
    ]
