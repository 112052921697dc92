def test_many():
    found = TagSchema(many=True).dump([{"name": "a"}, {"name": "b"}])
    assert found == {"tags": [{"name": "a"}, {"name": "b"}]}


def test_one():
    assert TagSchema().dump({"name": "a", "other": 1}) == {"tag": {"name": "a"}}


def test_none_of_many():
    assert TagSchema().dump([], many=True) == {"tags": []}
