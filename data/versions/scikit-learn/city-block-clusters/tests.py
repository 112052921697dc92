def test_two_clusters():
    points = [[0, 0], [9, 9], [0, 1], [9, 8]]
    assert clusters(points, 2) == [{0, 2}, {1, 3}]


def test_distances_are_manhattan():
    # (0, 5) is nearer to (0, 0) than (3, 3) by Manhattan distance, and farther by Euclidean.
    assert clusters([[0, 0], [3, 3], [0, 5]], 2) == [{0, 2}, {1}]
