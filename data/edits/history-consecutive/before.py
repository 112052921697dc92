"""The lines that somebody has entered."""


class History:
    """The newest ``size`` lines, with a cursor for going back and forth."""

    def __init__(self, size=1000):
        if size < 1:
            raise ValueError("a history holds at least one line")
        self._size = size
        self._lines = []
        self._cursor = 0

    def add(self, line):
        """Keep ``line`` and put the cursor behind it."""
        if self._worth_keeping(line):
            self._lines.append(line)
            del self._lines[: -self._size]
        self._cursor = len(self._lines)

    def _worth_keeping(self, line):
        if not line.strip():
            return False
        # A leading space means: do not remember this.
        if line.startswith(" "):
            return False
        if self._lines and self._lines[-1] == line:
            return False
        return True

    def previous(self):
        """The line before the cursor, None at the beginning."""
        if self._cursor == 0:
            return None
        self._cursor -= 1
        return self._lines[self._cursor]

    def next(self):
        """The line behind the cursor, None at the end."""
        if self._cursor >= len(self._lines) - 1:
            self._cursor = len(self._lines)
            return None
        self._cursor += 1
        return self._lines[self._cursor]

    def lines(self):
        return list(self._lines)

    def search(self, text):
        """The newest line that contains ``text``."""
        return next((line for line in reversed(self._lines) if text in line), None)
