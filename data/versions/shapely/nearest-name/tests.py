from shapely.geometry import Point as P


def test_of_two():
    assert nearest_distance([P(0, 0), P(10, 0)], P(7, 4)) == 5


def test_on_the_spot():
    assert nearest_distance([P(1, 1), P(2, 2), P(3, 3)], P(3, 3)) == 0


def test_of_one():
    assert nearest_distance([P(0, 3)], P(4, 0)) == 5
