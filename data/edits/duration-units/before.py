"""Durations as people write them."""

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text):
    """The seconds in "90", "90s", "5m", "2h" or "1d"."""
    match = re.fullmatch(r"(\d+)([smhd]?)", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration")
    return int(match[1]) * SECONDS[match[2] or "s"]


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
