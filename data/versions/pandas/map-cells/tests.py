import pandas


def test_cells():
    found = lengths(pandas.DataFrame({"a": ["x", "four"], "b": ["", "zwei!"]}))
    assert found["a"].tolist() == [1, 4]
    assert found["b"].tolist() == [0, 5]


def test_missing_values_stay():
    found = lengths(pandas.DataFrame({"a": ["xy", None]}))
    assert found["a"][0] == 2
    assert pandas.isna(found["a"][1])


def test_labels_stay():
    found = lengths(pandas.DataFrame({"a": ["x"]}, index=["row"]))
    assert list(found.columns) == ["a"] and list(found.index) == ["row"]
