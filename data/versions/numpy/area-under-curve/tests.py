def test_even_spacing():
    assert abs(area([0, 1, 2], [1, 2, 3]) - 4.0) < 1e-12


def test_uneven_spacing():
    assert abs(area([0, 1, 4], [2, 2, 8]) - 17.0) < 1e-12


def test_falling_x():
    assert abs(area([2, 1, 0], [1, 1, 1]) + 2.0) < 1e-12


def test_single_point():
    assert area([3], [5]) == 0.0
