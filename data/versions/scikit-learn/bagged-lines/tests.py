def test_on_the_line():
    assert abs(bagged_prediction([0, 1, 2], [1, 3, 5], 10) - 21) < 1e-9


def test_best_line():
    assert abs(bagged_prediction([0, 1, 2, 3], [0, 2, 0, 2], 1.5) - 1) < 1e-9
