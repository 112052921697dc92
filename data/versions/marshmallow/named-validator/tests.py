def test_accepted():
    assert OrderSchema().load({"amount": "3"}) == {"amount": 3}


def test_refused():
    assert OrderSchema().validate({"amount": 0}) == {"amount": ["at least one"]}


def test_nothing_given():
    assert OrderSchema().validate({}) == {}
    assert OrderSchema().validate({"amount": -1}) == {"amount": ["at least one"]}
