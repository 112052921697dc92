import pandas


def test_missing_cells_stay():
    table = pandas.DataFrame({"a": [1.0, None], "b": [None, 4.0]}, index=["x", "y"])
    assert long_form(table) == [
        ("x", "a", 1.0),
        ("x", "b", None),
        ("y", "a", None),
        ("y", "b", 4.0),
    ]


def test_a_row_without_values():
    table = pandas.DataFrame({"a": [None, 2.0], "b": [float("nan"), 3.0]}, index=[5, 6])
    assert long_form(table) == [(5, "a", None), (5, "b", None), (6, "a", 2.0), (6, "b", 3.0)]
