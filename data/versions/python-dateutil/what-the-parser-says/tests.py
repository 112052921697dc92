def test_dates():
    assert read("31 January 2020, 10:15") == "2020-01-31"
    assert read("2020-02-29") == "2020-02-29"


def test_no_date():
    assert read("soon") == "Unknown string format: soon"


def test_no_text():
    assert read("") == "String does not contain a date: "
