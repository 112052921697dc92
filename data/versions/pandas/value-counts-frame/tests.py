def test_columns():
    assert list(frequencies(["Rome"]).columns) == ["city", "count"]


def test_rows():
    found = frequencies(["Rome", "Oslo", "Rome", "Bern", "Rome", "Oslo"])
    assert found["city"].tolist() == ["Rome", "Oslo", "Bern"]
    assert found["count"].tolist() == [3, 2, 1]


def test_numbered():
    assert frequencies(["b", "a", "b"]).index.tolist() == [0, 1]
