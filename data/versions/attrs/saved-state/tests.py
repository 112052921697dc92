import attrs as library


@library.define
class Point:
    x: int
    y: int = 0


@library.define
class Named(Point):
    name: str = ""


def test_values():
    assert saved(Point(1, 2)) == {"x": 1, "y": 2}


def test_inherited():
    assert saved(Named(1, name="a")) == {"x": 1, "y": 0, "name": "a"}


def test_changed_afterwards():
    point = Point(1)
    point.y = [3]
    assert saved(point) == {"x": 1, "y": [3]}
