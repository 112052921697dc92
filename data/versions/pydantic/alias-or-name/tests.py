import pydantic


def test_by_name():
    assert Item(item_id=3).item_id == 3


def test_by_alias():
    assert Item(**{"itemId": "4"}).item_id == 4
    assert Item(item_id=5).item_id == 5


def test_neither():
    try:
        Item(id=1)
    except pydantic.ValidationError:
        assert Item(item_id=1).item_id == 1
        return
    raise AssertionError("no id was needed")
