DATA = {
    "orders": [{"items": [{"name": "tea"}, {"name": "cup"}]}, {"items": []}],
    "years": {"2024": "yes", "-1": "minus"},
    "a.b": [10, [20, 30]],
}


def new_lists():
    assert get(DATA, "orders.0.items.1.name") == "cup"
    assert get(DATA, "orders.1.items") == []


def new_from_the_end():
    assert get(DATA, "orders.0.items.-1.name") == "cup"
    assert get(DATA, "orders.-2.items.-2.name") == "tea"


def new_lists_in_lists():
    assert get(DATA, "a\\.b.1.0") == 20
    assert get([["x"]], "0.0") == "x"


def kept_numbers_in_objects():
    assert get(DATA, "years.2024") == "yes"
    assert get(DATA, "years.-1") == "minus"
    assert get(DATA, "years.0", "none") == "none"


def kept_what_does_not_exist():
    for path in (
        "orders.2",
        "orders.-3",
        "orders.x",
        "orders.1.5",
        "a\\.b.0.1",
        "orders.",
        "years.2024.0",
    ):
        assert get(DATA, path, "none") == "none", path


def kept_objects():
    assert get({"a": {"b": 1}}, "a.b") == 1
    assert get({"a": None}, "a", 5) is None
    assert with_value({"a": {}}, "a.b.c", 1) == {"a": {"b": {"c": 1}}}
    assert paths({"a": {"b": 1}, "c.d": 2}) == ["a.b", "c\\.d"]
