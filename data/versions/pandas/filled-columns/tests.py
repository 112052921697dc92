import pandas


def test_two_teams():
    table = pandas.DataFrame(
        {"team": ["a", "b", "a"], "goals": [1, None, 2], "cards": [None, 3, None]}
    )
    assert filled_columns(table) == {"a": ["goals"], "b": ["cards"]}


def test_everything_filled():
    table = pandas.DataFrame({"x": [1], "team": ["a"], "y": [2]})
    assert filled_columns(table) == {"a": ["x", "y"]}


def test_one_value_is_enough():
    table = pandas.DataFrame({"team": ["a", "a"], "x": [None, 1.0]})
    assert filled_columns(table) == {"a": ["x"]}
