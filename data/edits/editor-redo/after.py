"""A text that can be edited and brought back."""


class TextBuffer:
    def __init__(self, text=""):
        self.text = text
        self._done = []  # (position, removed, inserted)
        self._undone = []

    def _apply(self, position, removed, inserted):
        end = position + len(removed)
        self.text = self.text[:position] + inserted + self.text[end:]

    def _edit(self, position, removed, inserted):
        self._apply(position, removed, inserted)
        self._done.append((position, removed, inserted))
        self._undone.clear()

    def insert(self, position, text):
        """Put ``text`` before the character at ``position``."""
        if not 0 <= position <= len(self.text):
            raise IndexError(f"there is no position {position}")
        if text:
            self._edit(position, "", text)

    def delete(self, start, end):
        """Remove the characters from ``start`` up to ``end``."""
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"there is no range {start}..{end}")
        if start < end:
            self._edit(start, self.text[start:end], "")

    def replace(self, old, new):
        """Replace the first ``old`` in one step; whether there was one."""
        position = self.text.find(old)
        if position < 0 or not old:
            return False
        self._edit(position, old, new)
        return True

    def undo(self):
        """Take the last change back; whether there was one."""
        if not self._done:
            return False
        position, removed, inserted = self._done.pop()
        self._apply(position, inserted, removed)
        self._undone.append((position, removed, inserted))
        return True

    def redo(self):
        """Make the change again that was undone last; whether there was one."""
        if not self._undone:
            return False
        change = self._undone.pop()
        self._apply(*change)
        self._done.append(change)
        return True

    def changes(self):
        """How many steps can be undone, and how many redone."""
        return len(self._done), len(self._undone)
