"""Drawings made of characters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    fill: str

    @property
    def area(self):
        return self.width * self.height

    def cells(self):
        for row in range(self.y, self.y + self.height):
            for column in range(self.x, self.x + self.width):
                yield column, row


class Drawing:
    def __init__(self, width, height, background="."):
        self.width = width
        self.height = height
        self.background = background
        self.shapes = []

    def add(self, shape):
        if len(shape.fill) != 1:
            raise ValueError("a fill is one character")
        self.shapes.append(shape)
        return self

    def render(self):
        """The picture as lines of text; what lies outside is cut off."""
        grid = [[self.background] * self.width for _ in range(self.height)]
        shapes = self.shapes
        for shape in shapes:
            for column, row in shape.cells():
                if 0 <= column < self.width and 0 <= row < self.height:
                    grid[row][column] = shape.fill
        return ["".join(row) for row in grid]

    def visible(self):
        """The fills that can be seen somewhere, sorted."""
        return sorted(set("".join(self.render())) - {self.background})
