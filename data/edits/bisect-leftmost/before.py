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
        """The index of a row with the key ``wanted``; -1 if there is none."""
        low, high = 0, len(self._rows) - 1
        while low <= high:
            middle = (low + high) // 2
            found = self._key(self._rows[middle])
            if found == wanted:
                return middle
            if found < wanted:
                low = middle + 1
            else:
                high = middle - 1
        return -1

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
