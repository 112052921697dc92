def test_plain():
    assert natural_width("a few words") == 11


def test_markup_has_no_width():
    assert natural_width("[bold]four[/bold]") == 4


def test_longest_line():
    assert natural_width("one\nthree\nx") == 5


def test_bounded():
    assert natural_width("word " * 40) == 80
