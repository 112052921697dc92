def test_utc():
    assert seconds(["1970-01-02", "2020-01-01T00:00:00+00:00"]) == [86400, 1577836800]


def test_other_zone():
    assert seconds(["1970-01-01T02:00:00+01:00"]) == [3600]


def test_whole():
    found = seconds(["2001-09-09T01:46:40Z"])
    assert found == [1000000000] and isinstance(found[0], int)
