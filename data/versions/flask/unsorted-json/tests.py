def answer():
    return make_app().test_client().get("/sizes")


def test_order():
    assert list(answer().get_json()) == ["z", "a"]


def test_text():
    assert "".join(answer().get_data(as_text=True).split()) == '{"z":1,"a":2}'


def test_it_is_json():
    assert answer().mimetype == "application/json"
