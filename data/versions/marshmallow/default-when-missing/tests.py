import marshmallow


def test_load_defaults():
    assert OptionsSchema().load({"host": "h"}) == {"host": "h", "port": 80, "debug": False}


def test_given():
    loaded = OptionsSchema().load({"host": "h", "port": "8080", "debug": "true"})
    assert loaded == {"host": "h", "port": 8080, "debug": True}


def test_dump_defaults():
    assert OptionsSchema().dump({"host": "h", "port": 1}) == {
        "host": "h",
        "port": 1,
        "debug": False,
    }


def test_required():
    try:
        OptionsSchema().load({"port": 1})
    except marshmallow.ValidationError as error:
        assert list(error.messages) == ["host"]
        return
    raise AssertionError("no host was needed")
