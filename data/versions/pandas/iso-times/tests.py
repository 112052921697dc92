def test_precisions():
    assert hours(["2020-01-01", "2020-01-01 07:30", "2020-01-01T23:59:59"]) == [0, 7, 23]


def test_fractions():
    assert hours(["2020-01-01 05:00:00", "2020-01-01 06:00:00.125"]) == [5, 6]


def test_most_precise_first():
    assert hours(["2020-01-01T10:00:00.5", "2020-02-03"]) == [10, 0]
