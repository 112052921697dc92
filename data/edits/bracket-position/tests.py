def new_balanced():
    for text in ("", "f(x[1], {})", "no brackets", '")" + (")")'):
        assert check(text) is None, text


def new_closing_that_does_not_fit():
    assert check("f(x]") == 3
    assert check(")") == 0
    assert check("(a))") == 3
    assert check("([)]") == 2


def new_opening_left_over():
    assert check("f(x") == 1
    assert check("(([])") == 0
    assert check("{[(") == 2


def new_closing_comes_before_opening():
    assert check("((]") == 2


def new_positions_with_strings():
    assert check('"(" )') == 4
    assert check('"\\"(" [') == 6


def kept_strings_are_blanked():
    assert without_strings('a"(b"c') == "a    c"
    assert without_strings('"x\\"y" z') == "       z"


def kept_depth():
    assert depth("f(g(x))[0]") == 2
    assert depth('"((("') == 0
