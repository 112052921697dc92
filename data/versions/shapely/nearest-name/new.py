from shapely.geometry import Point
from shapely.strtree import STRtree


def nearest_distance(points: list[Point], at: Point) -> float:
    return points[STRtree(points).nearest(at)].distance(at)
