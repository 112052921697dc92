def test_kinds_of_columns():
    records = [
        {"name": "x", "size": 1, "ok": True, "place": "y", "rate": 0.5},
        {"name": "z", "size": 2, "ok": False, "place": "", "rate": 1.5},
    ]
    assert text_columns(records) == ["name", "place"]


def test_only_text():
    assert text_columns([{"b": "1", "a": "2"}]) == ["b", "a"]
