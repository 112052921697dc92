import inspect

import attrs as library


@library.define
class Point:
    x: int
    y: int = 0


def test_by_keyword():
    found = measured(Point)(x=1, unit="m")
    assert (found.x, found.y, found.unit) == (1, 0, "m")
    assert isinstance(found, Point)


def test_not_by_position():
    try:
        measured(Point)(1, unit="m")
    except TypeError:
        return
    raise AssertionError("an inherited field was given by position")


def test_all_parameters():
    parameters = inspect.signature(measured(Point)).parameters
    assert sorted(parameters) == ["unit", "x", "y"]
    assert {one.kind for one in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


def test_base_stays():
    measured(Point)
    assert Point(1, 2) == Point(x=1, y=2)
