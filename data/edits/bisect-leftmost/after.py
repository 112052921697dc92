"""Rows sorted by a key."""


class SortedTable:
    def __init__(self, rows, key):
        self._key = key
        self._rows = sorted(rows, key=key)

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, index):
        return self._rows[index]

    def find(self, wanted):
        """The index of the first row with the key ``wanted``; -1 if there is none."""
        low, high = 0, len(self._rows)
        while low < high:
            middle = (low + high) // 2
            if self._key(self._rows[middle]) < wanted:
                low = middle + 1
            else:
                high = middle
        found = low < len(self._rows) and self._key(self._rows[low]) == wanted
        return low if found else -1

    def insert(self, row):
        """Add a row behind those of the same key."""
        key = self._key(row)
        position = len(self._rows)
        while position and self._key(self._rows[position - 1]) > key:
            position -= 1
        self._rows.insert(position, row)

    def keys(self):
        """The keys, each once."""
        return sorted({self._key(row) for row in self._rows})
