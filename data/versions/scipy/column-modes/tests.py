def test_columns():
    assert column_modes([[1, 5], [1, 6], [2, 6]]) == [1, 6]


def test_ties():
    assert column_modes([[3, 1], [2, 1]]) == [2, 1]


def test_one_column():
    assert column_modes([[4], [4], [5]]) == [4]
