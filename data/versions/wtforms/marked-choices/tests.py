import wtforms as library

CHOICES = [("r", "red"), ("g", "green"), ("b", "blue")]


class Paint(library.Form):
    colour = library.SelectField(choices=CHOICES)
    several = library.SelectMultipleField(choices=CHOICES)


def test_one():
    assert selected_labels(Paint(colour="g").colour) == ["green"]


def test_several():
    assert selected_labels(Paint(several=["b", "r"]).several) == ["red", "blue"]


def test_none():
    assert selected_labels(Paint(several=[]).several) == []
