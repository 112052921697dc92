def new_between_and_at_the_ends():
    assert gaps([(2, 4), (6, 8)], 0, 10) == [(0, 2), (4, 6), (8, 10)]


def new_overlaps_and_disorder():
    assert gaps([(5, 9), (1, 3), (2, 6)], 0, 12) == [(0, 1), (9, 12)]


def new_beyond_the_range():
    assert gaps([(-5, 2), (4, 50)], 0, 10) == [(2, 4)]
    assert gaps([(20, 30)], 0, 10) == [(0, 10)]
    assert gaps([(-9, -3)], 0, 10) == [(0, 10)]


def new_all_or_nothing_covered():
    assert gaps([(0, 10)], 0, 10) == []
    assert gaps([], 3, 7) == [(3, 7)]
    assert gaps([], 7, 7) == []


def new_agrees_with_covers():
    intervals = [(1, 2), (2, 3), (8, 4), (7, 9)]
    free = gaps(intervals, 0, 12)
    for point in range(12):
        assert covers(free, point) != covers(intervals, point)


def kept_merge_and_intersect():
    assert merge([(3, 5), (1, 3), (9, 9)]) == [(1, 5)]
    assert intersect([(0, 5)], [(3, 9)]) == [(3, 5)]
    assert total_length([(0, 4), (2, 6)]) == 6
