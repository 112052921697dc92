SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]
ARROW = [(0, 0), (6, 0), (6, 6), (3, 2), (0, 6)]


def new_inside_and_outside():
    square = Polygon(SQUARE)
    assert square.contains(2, 2)
    assert not square.contains(5, 2)
    assert not square.contains(2, -1)
    assert not square.contains(-1, 4)


def new_boundary_counts():
    square = Polygon(SQUARE)
    for point in [(0, 0), (4, 4), (2, 0), (0, 3), (4, 1)]:
        assert square.contains(*point), point


def new_concave():
    arrow = Polygon(ARROW)
    assert not arrow.contains(3, 3)
    assert arrow.contains(3, 2)
    assert arrow.contains(1, 4)
    assert arrow.contains(5, 4)


def new_direction_of_the_corners_does_not_matter():
    for corners in (ARROW, ARROW[::-1]):
        found = {
            (x, y) for x in range(-1, 8) for y in range(-1, 8) if Polygon(corners).contains(x, y)
        }
        assert len(found) == 35  # by Pick: 15 inside, 20 on the boundary


def new_level_with_a_corner():
    diamond = Polygon([(0, 2), (2, 0), (4, 2), (2, 4)])
    assert diamond.contains(1, 2)
    assert not diamond.contains(-3, 2)
    assert not diamond.contains(0, 0)
    assert not diamond.contains(0, 4)


def kept_area_and_bounds():
    assert Polygon(SQUARE).area() == 16
    assert Polygon(ARROW).moved(1, 1).bounds() == (1, 1, 7, 7)
