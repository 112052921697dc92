def test_rate():
    assert priced([{"name": "a", "price": 2}], 1.5) == [{"name": "a", "price": 3.0}]


def test_other_rate():
    items = [{"name": "a", "price": 2}, {"name": "b", "price": 4}]
    assert [item["price"] for item in priced(items, 10)] == [20, 40]
    assert [item["price"] for item in priced(items, 1)] == [2, 4]
