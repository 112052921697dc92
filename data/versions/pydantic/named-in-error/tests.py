import pydantic


def complaint(**fields):
    try:
        Size(**fields)
    except pydantic.ValidationError as error:
        return str(error)
    return ""


def test_accepted():
    assert Size(width=1, height="2").height == 2


def test_names():
    assert "width has to be positive" in complaint(width=0, height=1)
    assert "height has to be positive" in complaint(width=1, height=-1)


def test_only_the_wrong_one():
    assert "width has to be" not in complaint(width=1, height=0)


def test_both():
    text = complaint(width=0, height=0)
    assert "width has to be positive" in text and "height has to be positive" in text
