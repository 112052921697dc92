def test_axis_that_is_there():
    assert largest_along([[1, 5], [7, 2]], 0) == [7, 5]
    assert largest_along([[1, 5], [7, 2]], -1) == [5, 7]
    assert largest_along([3, 1], 0) == 3


def test_axis_too_large():
    assert largest_along([[1, 5], [7, 2]], 2) is None


def test_negative_axis_too_small():
    assert largest_along([1, 2], -2) is None


def test_other_errors_are_raised():
    try:
        largest_along([[], []], 1)
    except ValueError as error:
        assert "identity" in str(error)
    else:
        raise AssertionError("the maximum of nothing was found")
