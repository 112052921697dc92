def test_alphabetical_columns():
    assert one_hot(["red", "blue", "red"]) == [[0, 1], [1, 0], [0, 1]]


def test_one_colour():
    assert one_hot(["red", "red"]) == [[1], [1]]
