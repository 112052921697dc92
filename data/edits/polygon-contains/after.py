"""Simple polygons with integer corners."""


def cross(ox, oy, ax, ay, bx, by):
    """Twice the signed area of the triangle o, a, b."""
    return (ax - ox) * (by - oy) - (ay - oy) * (bx - ox)


class Polygon:
    """A polygon that does not cross itself, as a list of corners in order."""

    def __init__(self, corners):
        if len(corners) < 3:
            raise ValueError("a polygon has at least three corners")
        self.corners = [tuple(corner) for corner in corners]

    def edges(self):
        """Pairs of neighbouring corners, the closing one included."""
        return zip(self.corners, self.corners[1:] + self.corners[:1])

    def area(self):
        doubled = sum(ax * by - bx * ay for (ax, ay), (bx, by) in self.edges())
        return abs(doubled) / 2

    def bounds(self):
        """Smallest and largest x and y."""
        xs = [x for x, _ in self.corners]
        ys = [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)

    def contains(self, x, y):
        """Whether the point is inside or on the boundary."""
        inside = False
        for (ax, ay), (bx, by) in self.edges():
            side = cross(ax, ay, bx, by, x, y)
            within_x = min(ax, bx) <= x <= max(ax, bx)
            within_y = min(ay, by) <= y <= max(ay, by)
            if side == 0 and within_x and within_y:
                return True
            # A ray to the right crosses an edge that goes from one side of y to the other.
            if (ay > y) != (by > y) and (side > 0) == (by > ay):
                inside = not inside
        return inside

    def moved(self, dx, dy):
        return Polygon([(x + dx, y + dy) for x, y in self.corners])
