"""Durations as people write them."""

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text):
    """The seconds in "90", "90s", "2h" or "1d 4h30m"."""
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return int(text)
    match = re.fullmatch(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?", text)
    if match is None or not text:
        raise ValueError(f"{text!r} is not a duration")
    return sum(int(count or 0) * SECONDS[unit] for count, unit in zip(match.groups(), "dhms"))


def format_duration(seconds):
    """The shortest exact text, such as "1h30m"."""
    if seconds < 0:
        raise ValueError("a duration is not negative")
    parts = []
    for unit, length in sorted(SECONDS.items(), key=lambda item: -item[1]):
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


class Budget:
    """Time that can be spent."""

    def __init__(self, text):
        self.left = parse_duration(text)

    def spend(self, text):
        """Use some of it; returns what is left as text."""
        seconds = parse_duration(text)
        if seconds > self.left:
            raise ValueError(f"only {format_duration(self.left)} left")
        self.left -= seconds
        return format_duration(self.left)
