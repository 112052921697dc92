import dataclasses


def test_texts_are_converted_before():
    assert Rectangle("2", 3).area == 6.0
    assert Rectangle("1.5", "2").area == 3.0


def test_area_is_no_field():
    assert [field.name for field in dataclasses.fields(Rectangle)] == ["width", "height"]
    assert Rectangle("2", "5").area == 10.0
