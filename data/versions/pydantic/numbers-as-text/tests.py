import pydantic


def test_numbers():
    assert Product(code=7, name="x").code == "7"
    assert Product(code="007", name=1.5).name == "1.5"


def test_two_fields():
    assert dict(Product(code=7, name="x")) == {"code": "7", "name": "x"}
    assert dict(Product(code="a", name=2)) == {"code": "a", "name": "2"}


def test_other_things_are_refused():
    try:
        Product(code=[1], name="x")
    except pydantic.ValidationError:
        assert list(dict(Product(code=1, name="x"))) == ["code", "name"]
        return
    raise AssertionError("a list is no text")
