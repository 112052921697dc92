def test_equal_weights():
    assert abs(rmse([0, 0], [3, 4], [1, 1]) - 12.5**0.5) < 1e-12


def test_weights():
    assert abs(rmse([0, 0], [3, 100], [1, 0]) - 3) < 1e-12


def test_perfect():
    assert rmse([1, 2], [1, 2], [1, 5]) == 0
