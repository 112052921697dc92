def test_three_ways():
    found = parse_dates(["2021-03-04", "5 Jun 2020", "July 1, 2019"])
    assert found == ["2021-03-04", "2020-06-05", "2019-07-01"]


def test_order_does_not_matter():
    assert parse_dates(["5 Jun 2020", "2021-03-04"]) == ["2020-06-05", "2021-03-04"]


def test_two_iso_forms():
    assert parse_dates(["20200101", "2021-12-31"]) == ["2020-01-01", "2021-12-31"]
