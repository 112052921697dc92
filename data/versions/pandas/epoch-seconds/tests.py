def test_known_times():
    assert epoch_seconds(["1970-01-01 00:00:10", "2024-05-01 12:00:00"]) == [10, 1714564800]


def test_before_the_epoch():
    assert epoch_seconds(["1969-12-31 23:59:59"]) == [-1]


def test_whole_seconds():
    assert epoch_seconds(["2001-09-09 01:46:40"]) == [1000000000]
