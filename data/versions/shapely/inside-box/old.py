from shapely.geometry import Point
from shapely.geometry import box as rectangle
from shapely.strtree import STRtree


def names_in_box(points: dict[str, Point], box: tuple[float, float, float, float]) -> list[str]:
    names = {id(point): name for name, point in points.items()}
    found = STRtree(list(points.values())).query(rectangle(*box))
    return sorted(names[id(point)] for point in found)
