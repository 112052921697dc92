from shapely.geometry import Point as P


def test_inside_and_outside():
    points = {"c": P(1, 1), "a": P(2, 2), "b": P(9, 9)}
    assert names_in_box(points, (0, 0, 3, 3)) == ["a", "c"]


def test_edges():
    assert names_in_box({"x": P(0, 0), "y": P(3, 3.1)}, (0, 0, 3, 3)) == ["x"]


def test_nothing():
    assert names_in_box({"x": P(0, 0)}, (5, 5, 6, 6)) == []
