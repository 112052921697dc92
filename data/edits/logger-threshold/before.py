"""Log records with fields, kept in memory."""

from dataclasses import dataclass, field

LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Record:
    level: str
    text: str
    fields: dict = field(default_factory=dict)

    def format(self):
        """Such as "WARNING disk is full free=0"."""
        words = [self.level.upper(), self.text]
        words += [f"{name}={value}" for name, value in sorted(self.fields.items())]
        return " ".join(words)


class Log:
    def __init__(self):
        self.records = []

    def _log(self, level, text, fields):
        self.records.append(Record(level, text, fields))

    def debug(self, text, **fields):
        self._log("debug", text, fields)

    def info(self, text, **fields):
        self._log("info", text, fields)

    def warning(self, text, **fields):
        self._log("warning", text, fields)

    def error(self, text, **fields):
        self._log("error", text, fields)

    def count(self, level):
        if level not in LEVELS:
            raise ValueError(f"there is no level {level!r}")
        return sum(record.level == level for record in self.records)

    def at_least(self, level):
        """The formatted records of a level and those above it."""
        lowest = LEVELS.index(level)
        return [r.format() for r in self.records if LEVELS.index(r.level) >= lowest]

    def worst(self):
        """The highest level that occurs; None without records."""
        return max((record.level for record in self.records), key=LEVELS.index, default=None)
