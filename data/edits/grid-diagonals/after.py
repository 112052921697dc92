"""Ways through a maze of text."""

from collections import deque

WALL = "#"
MOVES = ((0, -1), (-1, 0), (1, 0), (0, 1))
DIAGONALS = ((-1, -1), (1, -1), (-1, 1), (1, 1))


class Maze:
    """Squares are (x, y); everything but # is free."""

    def __init__(self, text, diagonal=False):
        self._rows = text.strip("\n").split("\n")
        self._diagonal = diagonal

    def is_free(self, x, y):
        if y < 0 or y >= len(self._rows) or x < 0 or x >= len(self._rows[y]):
            return False
        return self._rows[y][x] != WALL

    def find(self, mark):
        """The square with a character such as S."""
        for y, row in enumerate(self._rows):
            if mark in row:
                return row.index(mark), y
        raise LookupError(f"there is no {mark!r} in the maze")

    def neighbours(self, x, y):
        """The free squares that can be reached in one step."""
        for dx, dy in MOVES:
            if self.is_free(x + dx, y + dy):
                yield x + dx, y + dy
        for dx, dy in DIAGONALS if self._diagonal else ():
            passes = self.is_free(x + dx, y) and self.is_free(x, y + dy)
            if passes and self.is_free(x + dx, y + dy):
                yield x + dx, y + dy

    def _distances(self, start):
        """How many steps it is to every square that can be reached."""
        distances = {start: 0}
        waiting = deque([start])
        while waiting:
            square = waiting.popleft()
            for neighbour in self.neighbours(*square):
                if neighbour not in distances:
                    distances[neighbour] = distances[square] + 1
                    waiting.append(neighbour)
        return distances

    def steps(self, start="S", goal="G"):
        """The length of the shortest way; None if there is none."""
        return self._distances(self.find(start)).get(self.find(goal))

    def reachable(self, start="S"):
        """How many squares can be reached, the start included."""
        return len(self._distances(self.find(start)))
