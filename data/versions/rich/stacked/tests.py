def lines(*texts):
    return [line.rstrip() for line in stacked(*texts).splitlines()]


def test_two():
    assert lines("one", "two") == ["one", "two"]


def test_markup_is_text():
    assert lines("[b]x[/b]", "y") == ["[b]x[/b]", "y"]


def test_wrapped():
    assert lines("a" * 15 + " " + "b" * 15) == ["a" * 15, "b" * 15]
